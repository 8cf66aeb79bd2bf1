// From a transition matrix to c1 and c2, and free logits that go down onto the target of a loss.
#include <fmt/format.h>

#include "engine/model.h"
#include "engine/parts.h"
#include "engine/settings.h"
#include "nce/core/error.h"
#include "nce/losses/theory/free_logits.h"

namespace nce::playground {
namespace {

using losses::Target;
using nlohmann::json;

constexpr int kFrames = 40;  // descent ends as Newton's method: it is there after fewer steps

std::unique_ptr<Target> target_of(const std::string& name, const std::vector<Setting>& settings) {
  auto target = losses::make_loss(name, settings)->target();
  return target && target->has_expected_loss() ? std::move(target) : nullptr;
}

// What the expected loss does at some logits, and the target's name. What leaves all this as it is, theory does not see.
json trace_of(const Target& target) {
  const double n = double(target.negatives(10));
  const losses::ExpectedRow row = target.expected({n, {.3, .7}, {.6, .4}}, {0.1, 0.6});
  return {target.name(), row.gradient, row.read_out, target.shown(.3, 10)};
}

// Other values that an option takes.
std::vector<std::string> other_values(const Option& option) {
  if (option.is_flag) return {option.value == "true" ? "false" : "true"};
  if (!option.choices.empty()) return option.choices;
  std::vector<std::string> values;
  const double now = option.value.empty() ? 0 : std::stod(option.value);
  for (const double other : {now + 1, now + 0.25, now / 2})
    if (option.range.holds(other) && !option.is_text) values.push_back(fmt::format("{}", other));
  return values;
}

// The options of a loss that change what theory says of it: not the temperature, as free logits have none.
std::vector<Option> options_seen(losses::Loss& loss, const std::string& name, const std::vector<Setting>& settings,
                                 const Target& target) {
  std::vector<Option> seen;
  for (const Option& option : list_options(loss)) {
    bool changes = false;
    for (const std::string& value : other_values(option)) {
      std::vector<Setting> changed = settings;
      changed.push_back({option.name, value});
      const auto other = target_of(name, changed);
      changes = changes || (other && trace_of(*other) != trace_of(target));
    }
    if (changes || !option.without.empty()) seen.push_back(option);
  }
  return seen;
}

const char* name_of(losses::Outcome outcome) {
  constexpr const char* kNames[] = {"reaches",     "reaches_as_batch_grows", "drifts_up",
                                    "drifts_down", "pushes_apart",           "linear"};
  return kNames[size_t(outcome)];
}

json rows_of(const losses::StateMatrix& matrix) {
  json rows = json::array();
  for (int i = 0; i < matrix.states; ++i) {
    rows.push_back(json::array());
    for (int j = 0; j < matrix.states; ++j) rows.back().push_back(matrix(i, j));
  }
  return rows;
}

json shown(const Target& target, losses::StateMatrix matrix, int64_t batch) {
  if (matrix.empty()) return nullptr;
  for (double& value : matrix.values) value = target.shown(value, batch);
  return rows_of(matrix);
}

}  // namespace

// {"do": "transition", "loss": (settings.h), "source", "transition" (model.h), "batch": 100} -> "pi", "c1", "c2", "ratio"; "shown": what is
// shown of a read-out, so that 1 is chance; "target" of the loss and what its shape "settles" at, so shown, null where
// there is none; "outcome", "text": what theory says; "drift": velocity of each row's mean logit; "options": those of the loss
// that theory sees; "needs_batch": whether the target depends on it; "frames", one a step of descent from independent states: "read_out" so
// shown, "loss", and the largest relative "deviation" of the read-out from the target, "off_shape" from where it settles.
json transition(const json& json_request) {
  const Request request(json_request);
  const losses::Joint joint = StateModel(request).joint();
  const int64_t batch = request.integer("batch", 2, 1'000'000'000);
  std::string name;
  std::vector<Setting> settings;
  choice_of(json_request, "loss", "transition", name, settings);
  const auto loss = losses::make_loss(name, settings);
  const auto target = target_of(name, settings);
  check(target != nullptr, "transition: {}: theory does not know where it goes, with these options", name);

  losses::FreeLogits end;
  json frames = json::array();
  for (int step = 0; step <= kFrames; ++step) {
    end = losses::descend(joint, *target, batch, {.max_steps = step});
    frames.push_back({{"read_out", shown(*target, end.read_out, batch)},
                      {"loss", losses::expected_loss(joint, *target, batch, end.logits)},
                      {"deviation", end.deviation},
                      {"off_shape", end.shape_deviation}});
    if (end.settled || end.steps < step) break;
  }
  return {{"pi", joint.pi},
          {"c1", rows_of(joint.c1)},
          {"c2", rows_of(joint.c2)},
          {"ratio", rows_of(joint.ratio())},
          {"shown", target->shown_name()},
          {"target", shown(*target, end.target, batch)},
          {"settles", shown(*target, end.reach.shape, batch)},
          {"outcome", name_of(end.reach.outcome)},
          {"text", end.reach.text},
          {"drift", end.drift},
          {"options", json_of(options_seen(*loss, name, settings, *target))},
          {"needs_batch", target->depends_on_batch()},
          {"frames", frames}};
}

}  // namespace nce::playground
