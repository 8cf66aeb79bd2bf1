#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

struct KnnOptions {
  int k = 20;
  double temperature = 0.1;
  int classes = 0;  ///< 0: 1 + the largest label
};

/// The label of each row of `test` (M, d) by the weighted vote of its k nearest rows of `train` (N, d): neighbour j
/// votes for its label with weight exp(cos_j / temperature), cos_j the cosine of the two rows (Wu et al.,
/// "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", CVPR 2018, section 3.4). Of equally
/// near rows the first counts as nearer, of labels with equally many votes the lowest wins; a row of zeros has
/// cosine 0 with every other. More neighbours than training rows, labels out of range and features that are not
/// finite are errors.
std::vector<int> knn_classify(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                              const KnnOptions& options = {});

/// Share (0 .. 1) of the rows of `test` that `knn_classify` gives their own label.
double knn_accuracy(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                    std::span<const int> test_labels, const KnnOptions& options = {});

/// The same for several k with one search; `options.k` is not used.
std::vector<double> knn_accuracies(const Tensor& train, std::span<const int> train_labels, const Tensor& test,
                                   std::span<const int> test_labels, std::span<const int> ks,
                                   const KnnOptions& options = {});

/// The k nearest rows of `train` for each row of `test`, nearest first, row-major (M, k).
struct Neighbours {
  int k = 0;
  std::vector<int> row;
  std::vector<float> cosine;
};

/// By cosine, in f32. Computed in tiles: memory grows as M (k + a constant) and never as N M.
Neighbours nearest_neighbours(const Tensor& train, const Tensor& test, int k);

}  // namespace nce::nn
