#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

/// How well features find rows of their own label among all others.
struct Retrieval {
  /// Recall@k for each of `ks`: the share (0 .. 1) of rows that have a row of their own label among the k nearest
  /// others (Jegou et al., "Product quantization", 2011; as in metric learning).
  std::vector<double> recall;
  /// MAP@R. For a row with R others of its label: the sum of the precision at i over those i <= R where the i-th
  /// nearest row has the label, divided by R. Then the mean over the rows (Musgrave et al., "A Metric Learning Reality
  /// Check", 2020, section 3.2). Recall is high if one near row is right; this is high only if most are.
  double map_at_r = 0;
};

/// Finds the nearest others of each row of features (N, d), by cosine; in a tie the first row is nearer. Rows whose
/// label no other row has are left out. Computed in tiles; memory O(N R), R the size of the largest label. Errors: a k
/// below 1 or not below N, a negative label, features that are not finite, no two rows with one label.
Retrieval retrieval(const Tensor& features, std::span<const int> labels, std::span<const int> ks);

}  // namespace nce::nn
