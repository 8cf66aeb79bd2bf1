#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pages/json.h"
#include "report/part.h"
#include "theory/run.h"

namespace nce::cli {
namespace {

constexpr int kMostStates = 20;

Json panel(const std::string& title, const MeasuredRun& run, const losses::StateMatrix& matrix, double least,
           double most) {
  Json values = Json::array();
  for (int i = 0; i < matrix.states; ++i) {
    Json row = Json::array();
    for (int j = 0; j < matrix.states; ++j) row.push_back(std::isfinite(matrix(i, j)) ? matrix(i, j) : 0.0);
    values.push_back(row);
  }
  return {{"title", title},   {"rows", run.names}, {"columns", run.names},
          {"values", values}, {"least", least},    {"most", most}};
}

double largest(const losses::StateMatrix& matrix) {
  double most = 0;
  for (const double value : matrix.values)
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  return most;
}

Json make(Material& material) {
  TrainedRun& trained = material.trained();
  const auto names = theory_loss_names();
  if (std::find(names.begin(), names.end(), trained.config.name("loss")) == names.end()) return {};
  TheorySettings settings;
  settings.run = material.shown().folder.path();
  settings.states = "kmeans:10";
  settings.pairs = 2000;
  const auto run = measure_run(settings);
  if (!run || int(run->names.size()) > kMostStates) return {};
  const std::string what = run->loss.target->shown_name();
  Json panels = Json::array();
  const double most = std::max(largest(run->measured), largest(run->target));
  panels.push_back(panel("measured " + what, *run, run->measured, 0, most));
  if (run->has_target()) {
    panels.push_back(panel("target " + what, *run, run->target, 0, most));
    losses::StateMatrix difference = run->measured;
    for (size_t i = 0; i < difference.values.size(); ++i) difference.values[i] -= run->target.values[i];
    panels.push_back(panel(fmt::format("difference, {:.2g} in the mean", run->distance.mean_absolute), *run,
                           difference, -largest(difference), largest(difference)));
  }
  return {{"panels", panels}};
}

}  // namespace

Part states_part() {
  return {
      .id = "states",
      .title = "States beside their target",
      .read =
          "The states are ten clusters of the embeddings. Views move an example from a state to others: that is the transition "
          "matrix, and it sets where the loss drives each pair of states. Left what the encoder does, then the target, then what "
          "lies between them.",
      .bad =
          "a difference as large as the target itself: the encoder is not yet, or cannot be, where its loss wants it.",
      .kind = "matrices",
      .make = make};
}

}  // namespace nce::cli
