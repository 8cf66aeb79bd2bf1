#pragma once
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

/// Principal components of features: the directions in which they vary most, in this order.
struct Pca {
  Tensor mean;                   ///< (d)
  Tensor components;             ///< (k, d), unit rows at right angles. Their largest element is above 0.
  std::vector<double> variance;  ///< Along all min(N, d) directions, not only k; largest first; over N - 1.

  /// The share (0 .. 1) of the whole variance that is along the first `count` directions; 1 if nothing varies.
  double explained(int count) const;
  /// (M, d) -> (M, k): features minus the mean, along the components.
  Tensor project(const Tensor& features) const;
};

/// PCA of features (N, d) by LAPACK's eigenvectors of their covariance (d, d) in f64: N d^2 + d^3 operations.
/// Errors: fewer than two rows, k not within 1 .. d, features that are not finite.
Pca fit_pca(const Tensor& features, int k = 2);

}  // namespace nce::nn
