#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/nn/eval/ranking.h"

namespace nce::nn {

struct KnnOptions {
  int k = 20;
  double temperature = 0.1;
  int top = 1;  ///< Labels that are ranked; `knn_accuracy` is top-1, top-5, ...
};

/// Ranks labels for each row of `test` (M, d), by the vote of its k nearest rows of `train` (N, d). Neighbour j votes
/// for its own label with weight exp(cos_j / temperature), cos_j the cosine of the two rows (Wu et al., "Unsupervised
/// Feature Learning via Non-Parametric Instance Discrimination", CVPR 2018, section 3.4).
/// - One search gives a ranking for each of `ks`. `options.k` is not used.
/// - Ties: of equally near rows the first is nearer; of labels with equal votes the lowest is ranked first.
/// - A label that no neighbour has is not ranked.
/// - A row of zeros has cosine 0 with every row.
/// - Time and memory depend on the number of rows, not on the labels.
/// - Errors: more neighbours than training rows, labels below 0, features that are not finite.
std::vector<Ranking> knn_rank(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              std::span<const int> ks, const KnnOptions& options = {});

/// The first label of each row of `test`.
std::vector<int> knn_classify(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              const KnnOptions& options = {});

/// Share (0 .. 1) of the rows of `test` whose own label is among the first `options.top`. A label that no training row
/// has is never right.
double knn_accuracy(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                    std::span<const int> test_labels, const KnnOptions& options = {});

/// The k nearest rows of `train` for each row of `test`, nearest first, row-major (M, k).
struct Neighbours {
  int k = 0;
  std::vector<int> row;
  std::vector<float> cosine;
};

/// By cosine, in f32. Computed in tiles: memory is O(M k), not O(N M), and a copy of both features in f32.
Neighbours nearest_neighbours(const Tensor& train, const Tensor& test, int k);

}  // namespace nce::nn
