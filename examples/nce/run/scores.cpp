#include "run/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "nce/core/memory.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "run/task.h"

namespace nce::cli {

namespace {

constexpr int kMostClasses = 100;

void add_confusion(Scores& scores, const std::string& key, const std::vector<int>& found,
                   std::span<const int> labels, int classes) {
  const auto n = static_cast<size_t>(classes);
  std::vector<std::vector<double>> counts(n, std::vector<double>(n));
  for (size_t i = 0; i < found.size(); ++i)
    if (found[i] >= 0) ++counts[size_t(labels[i])][size_t(found[i])];
  std::vector<double> right;
  for (size_t c = 0; c < counts.size(); ++c) {
    const double all = double(std::count(labels.begin(), labels.end(), int(c)));
    right.push_back(all > 0 ? counts[c][c] / all : NAN);
  }
  Score confusion{.key = key + "_confusion", .title = ""}, by_class{.key = key + "_by_class", .title = ""};
  confusion.matrix = std::move(counts), by_class.matrix = {std::move(right)};
  scores.push_back(std::move(confusion)), scores.push_back(std::move(by_class));
}

}  // namespace

std::string classify_method(const Task& task) {
  if (!task.has_labels() || task.labels(task.measured()).empty()) return "";
  return fmt::format(
      "Learned from {} training examples; frozen features. kNN: k nearest by cosine, votes weighted by exp(cos / 0.1). Linear: "
      "logistic regression on standardised features; a held-out tenth of the training examples chooses its L2 penalty "
      "(1e-2 .. 1e-5)",
      task.labels(data::Split::train).size());
}

Scores classify(const Task& task, const Features& features) {
  if (!task.has_labels() || task.labels(task.measured()).empty()) return {};
  const Tensor train = features(data::Split::train), test = features(task.measured());
  const std::span<const int> train_labels = task.labels(data::Split::train),
                             test_labels = task.labels(task.measured());
  const int most = int(train_labels.size());
  const std::array<int, 2> ks{std::min(20, most), std::min(200, most)};
  const auto knn = nn::knn_rank(train, train_labels, test, ks, {.temperature = 0.1, .top = 5});
  release_free_memory();                                          // copies of the features: the probe needs others
  const std::array<double, 4> penalties{1e-2, 1e-3, 1e-4, 1e-5};  // each row of the table gets what suits it best
  const nn::Ranking linear =
      nn::fit_linear_probe(train, train_labels, penalties, {.precondition = rounds(train)}).rank(test, 5);
  release_free_memory();
  const auto accuracy = [&](const nn::Ranking& ranking, int top = 1) { return ranking.accuracy(test_labels, top); };
  Scores scores{{"knn", "kNN 20", accuracy(knn[0])},
                {"knn_200", "kNN 200", accuracy(knn[1])},
                {"linear", "linear", accuracy(linear)}};
  if (task.label_count() <= kMostClasses)
    for (const auto& [key, ranking] : {std::pair{"knn", &knn[0]}, {"linear", &linear}})
      add_confusion(scores, key, ranking->first(), test_labels, task.classes());
  if (task.label_count() > 5)
    for (const auto& [key, ranking] :
         {std::pair{"knn_top5", &knn[0]}, {"knn_200_top5", &knn[1]}, {"linear_top5", &linear}})
      scores.push_back({key, "", accuracy(*ranking, 5)});
  return scores;
}

}  // namespace nce::cli
