#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

struct KnnOptions {
  int k = 20;
  double temperature = 0.1;
  int classes = 0;  ///< 0: 1 + the largest label.
};

/// A label for each row of `test` (M, d), by the vote of its k nearest rows of `train` (N, d). Neighbour j votes for
/// its own label with weight exp(cos_j / temperature), cos_j the cosine of the two rows (Wu et al., "Unsupervised
/// Feature Learning via Non-Parametric Instance Discrimination", CVPR 2018, section 3.4).
/// - Ties: the first of equally near rows is nearer, the lowest of labels with equal votes wins.
/// - A row of zeros has cosine 0 with every row.
/// - Errors: more neighbours than training rows, labels out of range, features that are not finite.
std::vector<int> knn_classify(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              const KnnOptions& options = {});

/// Share (0 .. 1) of the rows of `test` that get their own label from `knn_classify`.
double knn_accuracy(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                    std::span<const int> test_labels, const KnnOptions& options = {});

/// The same for several k with one search. `options.k` is not used.
std::vector<double> knn_accuracies(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                                   std::span<const int> test_labels, std::span<const int> ks,
                                   const KnnOptions& options = {});

/// The k nearest rows of `train` for each row of `test`, nearest first, row-major (M, k).
struct Neighbours {
  int k = 0;
  std::vector<int> row;
  std::vector<float> cosine;
};

/// By cosine, in f32. Computed in tiles: memory O(M k) instead of O(N M), and a copy of both features in f32.
Neighbours nearest_neighbours(const Tensor& train, const Tensor& test, int k);

}  // namespace nce::nn
