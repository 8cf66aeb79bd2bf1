#include <fmt/format.h>

#include "nce/core/autograd.h"
#include "nce/nn/eval/knn.h"
#include "report/part.h"

namespace nce::cli {
namespace {

constexpr int64_t kKnown = 10000;

Json make(Material& material) {
  const Sample& sample = material.sample();
  TrainedRun& run = material.trained();
  if (sample.classes.size() < 2 || sample.split == data::Split::train || !run.task->has_test()) return {};
  const NoGrad no_grad;
  const std::vector<int> known = run.task->sample(data::Split::train, kKnown, Key(2));
  std::vector<int> labels;
  for (const int i : known) labels.push_back(run.task->labels(data::Split::train)[size_t(i)]);
  material.meter.stage("features of training examples", int64_t(known.size()));
  const Tensor features = features_in_parts(
      known, [&](std::span<const int> part) { return run.model->encoder().features(data::Split::train, part); },
      material.meter);
  const int k = int(std::min<size_t>(20, known.size()));
  const std::vector<int> found = nn::knn_classify(features, labels, sample.features, {.k = k});
  const size_t n = sample.classes.size();
  std::vector<double> count(n * n), rows(n);
  int right = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const size_t row = size_t(sample.labels[i]), column = sample.place_of(found[i]);
    ++rows[row];
    if (column == n) continue;  // a class that no test example has
    ++count[row * n + column];
    right += column == row;
  }
  Json values = Json::array();
  for (size_t i = 0; i < n; ++i) {
    Json row = Json::array();
    for (size_t j = 0; j < n; ++j) row.push_back(rows[i] > 0 ? count[i * n + j] / rows[i] : 0);
    values.push_back(row);
  }
  return {{"panels",
           {{{"title", fmt::format("kNN {} from {} training examples: {:.1f} % of {} right", k, known.size(),
                                   100.0 * right / double(found.size()), found.size())},
             {"rows", sample.names},
             {"columns", sample.names},
             {"y", "class"},
             {"x", "found"},
             {"values", values},
             {"most", 1},
             {"format", "share"}}}}};
}

}  // namespace

Part confusion_part() {
  return {
      .id = "confusion",
      .title = "Which classes are mixed up",
      .read =
          "A line for each class: how many % of its examples were given to which class by their nearest neighbours. The diagonal "
          "is what was right, the accuracy of each class.",
      .bad = "a dark square beside the diagonal: the views leave nothing that tells these two classes apart.",
      .kind = "matrices",
      .make = make};
}

}  // namespace nce::cli
