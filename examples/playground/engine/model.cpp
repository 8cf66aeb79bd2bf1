#include "engine/model.h"

#include <algorithm>
#include <span>

#include "engine/parts.h"
#include "nce/core/error.h"

namespace nce::playground {
namespace {

using nlohmann::json;

// Gives one entry of a distribution a value. The others keep their proportions.
void put(std::span<double> row, size_t at, double value) {
  const double others = 1 - row[at], count = double(row.size()) - 1;
  for (double& one : row) one = others > 0 ? one / others * (1 - value) : (1 - value) / count;
  row[at] = value;
}

// The first `states` of the entries; the rest of the probability is spread over them. Where there are fewer, zeros follow.
std::vector<double> cut(std::span<const double> row, int states) {
  std::vector<double> all(row.begin(), row.begin() + std::min(int(row.size()), states));
  double sum = 0;
  for (const double one : all) sum += one;
  for (double& one : all) one = sum > 0 ? one / sum : 1 / double(all.size());
  all.resize(size_t(states));
  return all;
}

}  // namespace

StateModel::StateModel(const Request& request) : source(request.numbers("source")) {
  check(states() >= 2 && states() <= 12, "{}: source: 2 to 12 states are needed, got {}", request.part(), states());
  transition = {states(), request.numbers("transition")};
  check(transition.values.size() == source.size() * source.size(),
        "{}: transition: {} numbers are needed, a row for each of {} states, got {}", request.part(),
        source.size() * source.size(), states(), transition.values.size());
}

// {"do": "models"} -> {"models": [{"name", "source", "transition"}]}: those of lesson 7, and a ring.
json models(const json&) {
  const auto model = [](const char* name, int states, std::vector<double> transition) {
    return json{{"name", name},
                {"source", std::vector<double>(size_t(states), 1.0 / states)},
                {"transition", std::move(transition)}};
  };
  // clang-format off
  return json{{"models", {
      model("the paper's three states", 3, {.5, .3, .2, .2, .5, .3, .2, .3, .5}),
      model("two groups of two", 4, {.5, .4, .05, .05, .4, .5, .05, .05, .05, .05, .5, .4, .05, .05, .4, .5}),
      model("a ring of five", 5, {.6, .2, 0, 0, .2, .2, .6, .2, 0, 0, 0, .2, .6, .2, 0, 0, 0, .2, .6, .2, .2, 0, 0, .2, .6}),
      model("nearly nothing changes", 3, {.98, .01, .01, .01, .98, .01, .01, .01, .98}),
      model("all is forgotten", 3, std::vector<double>(9, 1.0 / 3))}}};
  // clang-format on
}

// {"do": "model_edit", "source", "transition", "row": -1 for the source, else a row of the transition, "column", "value"} -> the
// model with that entry; the rest of its row keeps its proportions.
json model_edit(const json& json_request) {
  const Request request(json_request);
  StateModel model(request);
  const int64_t row = request.integer("row", -1, model.states() - 1);
  const int64_t column = request.integer("column", 0, model.states() - 1);
  const double value = request.number("value");
  check(value >= 0 && value <= 1, "model_edit: value: must be within 0 .. 1, got {}", value);
  const size_t k = model.source.size();
  put(row < 0 ? std::span(model.source) : std::span(model.transition.values).subspan(size_t(row) * k, k),
      size_t(column), value);
  return model.json();
}

// {"do": "model_resize", "source", "transition", "states": 4} -> the model with so many states. Views of a new one stay in it.
json model_resize(const json& json_request) {
  const Request request(json_request);
  StateModel model(request);
  const int before = model.states(), after = int(request.integer("states", 2, 12));
  losses::StateMatrix transition = losses::state_matrix(after);
  for (int k = 0; k < after; ++k) {
    std::vector<double> row(size_t(after), 0);
    if (k < before)
      row = cut(std::span(model.transition.values).subspan(size_t(k * before), size_t(before)), after);
    else
      row[size_t(k)] = 1;
    for (int i = 0; i < after; ++i) transition(k, i) = row[size_t(i)];
  }
  model.source = cut(model.source, after);
  for (int k = before; k < after; ++k) put(std::span(model.source).first(size_t(k) + 1), size_t(k), 1.0 / (k + 1));
  model.transition = transition;
  return model.json();
}

}  // namespace nce::playground
