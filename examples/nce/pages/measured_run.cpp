#include "pages/measured_run.h"

#include <fmt/format.h>

#include <cmath>

#include "pages/csv.h"
#include "pages/json.h"
#include "pages/numbers.h"
#include "pages/svg.h"
#include "pages/table.h"
#include "terminal.h"

namespace nce::cli {

using losses::Joint;
using losses::StateMatrix;

namespace {

// The mean over pairs of one state, or of two, weighted by c2.
double mean_of(const Joint& joint, const StateMatrix& matrix, bool same) {
  double sum = 0, weights = 0;
  for (const auto& [i, j] : losses::state_pairs(joint.states()))
    if ((i == j) == same && std::isfinite(matrix(i, j)))
      sum += joint.c2(i, j) * matrix(i, j), weights += joint.c2(i, j);
  return weights > 0 ? sum / weights : NAN;
}

std::string head(const TheorySettings& settings, const MeasuredRun& run) {
  return fmt::format("{}: {}, {}, temperature {:g}, batch {}", settings.run.string(), run.data, run.loss.title(),
                     run.loss.temperature, run.batch);
}

void explain(const MeasuredRun& run) {
  fmt::print("\nDistance from the target: {} in the mean (weighted by c2), {} at most.\n",
             three_digits(run.distance.mean_absolute), three_digits(run.distance.largest_absolute));
  fmt::print(
      "Correlation with it: {:.3f} over all pairs of states, {:.3f} over pairs of two different ones; slope {:.3f}.\n",
      run.distance.correlation, run.distance.correlation_apart, run.distance.slope);
  if (!run.vectors.empty())
    fmt::print("One unit vector for each state, without fault, would be at {}: so much is the bound of cosines.\n",
               three_digits(run.vectors_distance.mean_absolute));
  if (!run.clustered)
    fmt::print(
        "A view keeps its label, so that c1 is diagonal: c1/c2 is 1/pi_i between views of one label and 0 between\n"
        "others. Clusters (--states kmeans:K) that views move between say more.\n");
  fmt::print("{}\n", wrapped(run.reach.text));
}

void print(const TheorySettings& settings, const MeasuredRun& run) {
  const StateMatrix ratio = run.estimate.joint.ratio();
  fmt::print("{}\nstates: {}; {} pairs of views in {} batches\n", head(settings, run), run.states,
             run.estimate.pairs, run.batches);
  const auto matrix = [&](const std::string& name, const StateMatrix& values) {
    if (!values.empty() && values.states <= kTableStates)
      fmt::print("\n{}\n{}", name, table_of(values, run.names, 2));
  };
  matrix("c1/c2, by the states of the two views", ratio);
  if (run.has_target()) matrix(fmt::format("target of {}", run.loss.target->shown_name()), run.target);
  matrix("vectors of length one, one for each state, at their best", run.vectors);
  matrix(fmt::format("measured {}", run.loss.target->shown_name()), run.measured);

  fmt::print("\n{:<22}{:>13}{:>20}\n", run.loss.target->shown_name() + ", mean over", "one state",
             "different states");
  const auto line = [&](const char* name, const StateMatrix& values) {
    if (!values.empty())
      fmt::print("{:<22}{:>13}{:>20}\n", name, three_digits(mean_of(run.estimate.joint, values, true)),
                 three_digits(mean_of(run.estimate.joint, values, false)));
  };
  line("c1/c2", ratio), line("target", run.target), line("its bootstrap error", run.target_error);
  line("best unit vectors", run.vectors), line("measured", run.measured), line("its bootstrap error", run.error);
  if (run.has_target()) explain(run);
}

// The matrices of a run, as files name them.
struct Column {
  const char *csv, *json;  // null: not in it
  StateMatrix values;
};

std::vector<Column> columns_of(const MeasuredRun& run) {
  const Joint& joint = run.estimate.joint;
  return {{"c1", "c1", joint.c1},
          {"c2", nullptr, joint.c2},
          {"ratio", "c1_over_c2", joint.ratio()},
          {"ratio_error", "c1_over_c2_error", run.estimate.ratio_error},
          {"target", "target", run.target},
          {"target_error", "target_error", run.target_error},
          {"unit_vectors", "unit_vectors", run.vectors},
          {"measured", "measured", run.measured},
          {"measured_error", "measured_error", run.error}};
}

std::string csv_of(const MeasuredRun& run) {
  const std::vector<Column> columns = columns_of(run);
  std::vector<std::string> header{"anchor", "candidate", "unit"};
  for (const Column& column : columns) header.emplace_back(column.csv);
  Csv csv(header);
  for (const auto& [i, j] : losses::state_pairs(int(run.names.size()))) {
    std::vector<std::string> row{run.names[size_t(i)], run.names[size_t(j)], run.loss.target->shown_name()};
    for (const Column& column : columns) row.push_back(column.values.empty() ? "" : field(column.values(i, j)));
    csv.row(row);
  }
  return csv.text();
}

std::string picture_of(const TheorySettings& settings, const MeasuredRun& run) {
  StatePicture p;
  p.title = head(settings, run);
  p.subtitle = fmt::format("states: {}; {} pairs of views", run.states, run.estimate.pairs);
  p.states = run.names;
  add_maps(p, run.loss.target->shown_name(), run.target.values, {"best unit vectors", run.vectors.values},
           {"measured", run.measured.values});
  return to_svg(p);
}

Json json_of_run(const TheorySettings& settings, const MeasuredRun& run) {
  Json json{{"run", settings.run.string()},
            {"loss", run.loss.target->name()},
            {"temperature", run.loss.temperature},
            {"batch", run.batch},
            {"states", run.states},
            {"pairs", run.estimate.pairs},
            {"unit", run.loss.target->shown_name()},
            {"pi", json_of(run.estimate.joint.pi)}};
  for (const Column& column : columns_of(run))
    if (column.json) json[column.json] = json_of(column.values);
  const auto distance = [&](double value) { return json_of(run.has_target() ? value : NAN); };
  json["mean_absolute_distance"] = distance(run.distance.mean_absolute);
  json["mean_relative_distance"] = distance(run.distance.mean_relative);
  json["largest_absolute_distance"] = distance(run.distance.largest_absolute);
  json["correlation"] = distance(run.distance.correlation);
  json["correlation_apart"] = distance(run.distance.correlation_apart);
  json["slope"] = distance(run.distance.slope);
  json["positive_cosine"] = json_of(run.positive_cosine);
  json["text"] = run.reach.text;
  return json;
}

}  // namespace

void show_run(const TheorySettings& settings, const MeasuredRun& run) {
  if (settings.json)
    fmt::print("{}\n", json_text(json_of_run(settings, run)));
  else
    print(settings, run);
  if (settings.out.empty()) return;
  write_file(settings.out, "states.csv", csv_of(run));
  write_file(settings.out, "states.svg", picture_of(settings, run));
  if (!settings.json) fmt::print("\nwritten to {}: states.csv, states.svg\n", settings.out.string());
}

}  // namespace nce::cli
