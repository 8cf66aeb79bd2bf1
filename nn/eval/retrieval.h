#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

/// How well features find rows of their own label among all others.
struct Retrieval {
  /// Recall@k for each asked k: share (0 .. 1) of the rows that have a row of their own label among the k nearest others
  /// (Jegou et al., "Product quantization", 2011; as metric learning uses it).
  std::vector<double> recall;
  /// MAP@R: for each row with R others of its label, the mean of precision at i over those i <= R whose row has the label,
  /// divided by R in all; then the mean over the rows (Musgrave et al., "A Metric Learning Reality Check", 2020, section
  /// 3.2). Unlike recall it falls where only a few of the near rows are right.
  double map_at_r = 0;
};

/// Each row of features (N, d) asks for its nearest others by cosine; in a tie the first row is nearer. Rows whose label no other
/// row has cannot be found and are left out. Computed in tiles; memory O(N R), R the size of the largest label.
/// Errors: a k below 1 or not below N, a negative label, features that are not finite, no two rows with one label.
Retrieval retrieval(const Tensor& features, std::span<const int> labels, std::span<const int> ks);

}  // namespace nce::nn
