#include "theory/free.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nce/losses/theory/free_logits.h"
#include "nce/losses/theory/measure.h"
#include "pages/output.h"
#include "theory/losses.h"

namespace nce::cli {

using losses::Outcome;

namespace {

struct FreeLogitRow {
  TheoryLoss loss;
  int64_t batch;  // 0: the target does not depend on it
  losses::FreeLogits result;
};

const char* word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::reaches:
      return "reached";
    case Outcome::reaches_as_batch_grows:
      return "as B grows";
    case Outcome::drifts_up:
      return "drifts up";
    case Outcome::drifts_down:
      return "drifts down";
    case Outcome::pushes_apart:
      return "pushes apart";
    case Outcome::linear:
      return "has none";
  }
  return "?";
}

// The drift of the row that drifts most, measured and predicted.
struct Drift {
  double measured = 0, predicted = 0;
};
Drift drift_of(const losses::Joint& joint, const losses::FreeLogits& result) {
  Drift drift;
  for (size_t i = 0; i < result.drift.size(); ++i) {
    const double predicted = -result.reach.slope[i] / joint.pi[i];
    if (std::abs(predicted) > std::abs(drift.predicted)) drift = {result.drift[i], predicted};
  }
  if (drift.predicted == 0)
    for (const double measured : result.drift)
      if (std::abs(measured) > std::abs(drift.measured)) drift.measured = measured;
  return drift;
}

void print_table(const losses::Joint& joint, const std::vector<FreeLogitRow>& rows) {
  const auto line = [](const auto&... cells) {
    fmt::print("{:<27}{:>5}{:>6}{:>7}  {:<13}{:>10}{:>10}{:>9}{:>10}\n", cells...);
  };
  line("", "", "", "", "", "deviation", "of the", "", "drift");
  line("loss", "delta", "gamma", "batch", "target is", "of p", "positives", "drift", "predicted");
  std::string before;
  bool had_scale = false;
  for (const FreeLogitRow& row : rows) {
    const std::string name = row.loss.base();
    const auto scale = row.loss.target->scale();
    if (name != before && !before.empty() && (scale || had_scale)) fmt::print("\n");
    before = name, had_scale = scale.has_value();
    const Drift drift = drift_of(joint, row.result);
    const bool drifts =
        row.result.reach.outcome == Outcome::drifts_up || row.result.reach.outcome == Outcome::drifts_down;
    line(name, scale ? fmt::format("{:g}", scale->delta) : "", scale ? fmt::format("{:g}", scale->gamma) : "",
         row.batch ? fmt::format("{}", row.batch) : "", word_of(row.result.reach.outcome),
         three_digits(row.result.deviation), three_digits(row.result.positive_deviation),
         drifts ? three_digits(drift.measured) : "0", drifts ? three_digits(drift.predicted) : "0");
  }
}

constexpr char kNoBreak = '\x01';  // for a space at which no line may end

// Each case in words, with the losses that are in it. Texts that differ in their numbers alone are one case.
void explain(const std::vector<FreeLogitRow>& rows) {
  struct Case {
    std::string text;
    int64_t batch;
    std::vector<std::string> names = {};
    bool several = false;
  };
  std::vector<Case> cases;
  std::map<std::string, size_t> by_words;
  for (const FreeLogitRow& row : rows) {
    const std::string& text = row.result.reach.text;
    std::string words;
    for (const char c : text)
      if (!std::isdigit(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != 'e') words += c;
    const auto [at, is_new] = by_words.emplace(words, cases.size());
    if (is_new) cases.push_back({text, row.batch});
    Case& c = cases[at->second];
    c.several |= c.text != text;
    std::string name = row.loss.title();
    std::replace(name.begin(), name.end(), ' ', kNoBreak);
    if (std::find(c.names.begin(), c.names.end(), name) == c.names.end()) c.names.push_back(name);
  }
  for (const Case& c : cases) {
    std::string names = wrapped(fmt::format("{}:", fmt::join(c.names, "; "))), text = "  " + wrapped(c.text, 2, 98);
    if (c.several)
      text += "\n  " + wrapped(fmt::format("The numbers are those of {} at batch {}; the table has the others'.",
                                           c.names.front(), c.batch),
                               2, 98);
    std::string all = "\n" + names + "\n" + text + "\n";
    std::replace(all.begin(), all.end(), kNoBreak, ' ');
    fmt::print("{}", all);
  }
}

// Where the stated target can be reached.
std::vector<WeightComparison> compare_weights(const losses::Joint& joint, const std::vector<FreeLogitRow>& rows) {
  std::vector<WeightComparison> all;
  for (const auto& [exact, published] : weight_pairs(rows)) {
    if (exact->result.reach.outcome != Outcome::reaches) continue;
    const auto distance = [&, stated = exact->result.target](const FreeLogitRow& row) {
      return losses::distance(row.result.read_out, stated, joint).largest_relative;
    };
    const auto scale = *exact->loss.target->scale();
    all.push_back({scale.delta, scale.gamma, exact->batch, distance(*exact), distance(*published)});
  }
  return all;
}

void print_comparison(const std::vector<WeightComparison>& all) {
  if (all.empty()) return;
  fmt::print(
      "\nThe paper states p = delta c1 / ((B - 1) c2) - gamma / (B - 1). On the line delta - gamma = 1 the\n"
      "two positive weights of sc_info_nce end at this largest relative distance from it:\n\n"
      "{:>8}{:>7}{:>8}{:>11}{:>12}\n",
      "delta", "gamma", "batch", "exact", "published");
  for (const WeightComparison& c : all)
    fmt::print("{:>8g}{:>7g}{:>8}{:>11}{:>12}\n", c.delta, c.gamma, c.batch, three_digits(c.exact),
               three_digits(c.published));
  fmt::print(
      "\n`exact` is the weight that the stated target follows from. `published`, the authors' code, has no\n"
      "logits at which it rests: its shape comes to the target as 1/B, while all logits drift up.\n");
}

Json json_of_row(const losses::Joint& joint, const FreeLogitRow& row) {
  const losses::FreeLogits& r = row.result;
  const Drift drift = drift_of(joint, r);
  const auto scale = row.loss.target->scale().value_or(losses::Target::Scale{1, 0});
  return {{"loss", row.loss.target->name()},
          {"delta", scale.delta},
          {"gamma", scale.gamma},
          {"batch", row.batch},
          {"outcome", word_of(r.reach.outcome)},
          {"deviation", json_of(r.deviation)},
          {"positive_deviation", json_of(r.positive_deviation)},
          {"shape_deviation", json_of(r.shape_deviation)},
          {"drift", json_of(drift.measured)},
          {"drift_predicted", json_of(drift.predicted)},
          {"settled", r.settled},
          {"steps", r.steps},
          {"target", r.target.values.empty() ? Json() : json_of(r.target)},
          {"read_out", json_of(r.read_out)},
          {"logits", json_of(r.logits)},
          {"text", r.reach.text}};
}

std::string csv_of(const losses::Joint& joint, const std::vector<FreeLogitRow>& rows) {
  Csv csv({"loss", "delta", "gamma", "batch", "outcome", "deviation", "positive_deviation", "shape_deviation",
           "drift", "drift_predicted"});
  for (const FreeLogitRow& row : rows) {
    const auto scale = row.loss.target->scale();
    const Drift drift = drift_of(joint, row.result);
    csv.row({row.loss.base(), scale ? field(scale->delta) : "", scale ? field(scale->gamma) : "",
             row.batch ? std::to_string(row.batch) : "", word_of(row.result.reach.outcome),
             field(row.result.deviation), field(row.result.positive_deviation), field(row.result.shape_deviation),
             field(drift.measured), field(drift.predicted)});
  }
  return csv.text();
}

}  // namespace

int free_logits(const TheorySettings& settings, const StateModel& model) {
  const losses::Joint joint = model.joint();
  const std::vector<int64_t> batches = settings.batch.empty() ? std::vector<int64_t>{10, 1000} : settings.batch;
  std::vector<FreeLogitRow> rows;
  for (const TheoryLoss& loss : theory_losses(settings))
    for (const int64_t batch : loss.target->depends_on_batch() ? batches : std::vector<int64_t>{0})
      rows.push_back({loss, batch, losses::descend(joint, *loss.target, std::max<int64_t>(batch, 2))});
  const std::vector<WeightComparison> comparison = compare_weights(joint, rows);
  if (!settings.out.empty()) write_file(settings.out, "free_logits.csv", csv_of(joint, rows));
  if (settings.json) {
    Json list = Json::array(), compared = Json::array();
    for (const FreeLogitRow& row : rows) list.push_back(json_of_row(joint, row));
    for (const WeightComparison& c : comparison)
      compared.push_back({{"delta", c.delta},
                          {"gamma", c.gamma},
                          {"batch", c.batch},
                          {"exact", json_of(c.exact)},
                          {"published", json_of(c.published)}});
    fmt::print("{}\n", Json{{"states", model.names},
                            {"c1_over_c2", json_of(joint.ratio())},
                            {"free_logits", list},
                            {"distance_from_stated_target", compared}}
                           .dump());
    return 0;
  }
  fmt::print(
      "Free logits: a logit for each of {0} x {0} pairs of states in the place of an encoder; descent on the\n"
      "expected loss. Deviations are the largest relative ones from the target. c1/c2:\n\n{1}\n",
      model.states(), table_of(joint.ratio(), model.names, 4));
  print_table(joint, rows);
  explain(rows);
  print_comparison(comparison);
  if (!settings.out.empty()) fmt::print("\nwritten: {}\n", (settings.out / "free_logits.csv").string());
  return 0;
}

}  // namespace nce::cli
