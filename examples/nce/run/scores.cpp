#include "run/scores.h"

#include <algorithm>
#include <array>
#include <span>

#include "nce/core/memory.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "run/task.h"

namespace nce::cli {

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
  const nn::Ranking linear = nn::fit_linear_probe(train, train_labels, penalties).rank(test, 5);
  release_free_memory();
  const auto accuracy = [&](const nn::Ranking& ranking, int top = 1) { return ranking.accuracy(test_labels, top); };
  Scores scores{{"knn", "kNN 20", accuracy(knn[0])},
                {"knn_200", "kNN 200", accuracy(knn[1])},
                {"linear", "linear", accuracy(linear)}};
  if (task.label_count() > 5)
    for (const auto& [key, ranking] :
         {std::pair{"knn_top5", &knn[0]}, {"knn_200_top5", &knn[1]}, {"linear_top5", &linear}})
      scores.push_back({key, "", accuracy(*ranking, 5)});
  return scores;
}

}  // namespace nce::cli
