#pragma once
#include "nce/core/tensor.h"

namespace nce::nn {

/// How far a map can be believed: whether rows that are near each other on it are near each other in the features too.
/// 1 - 2 / (N k (2 N - 3 k - 1)) sum_i sum_j max(0, rank(i, j) - k), j the k nearest rows of i on the map and rank(i, j) their
/// place among the nearest rows of i in the features, 1 the nearest (Venna and Kaski, "Neighborhood preservation in nonlinear
/// projection methods", 2001). 1: no false neighbour. Euclidean distances; in a tie the first row is nearer. scikit-learn has the
/// same definition.
/// Features (N, d), map (N, m), O(N^2 (d + m)) operations and O(N) memory a thread. The same bits for any number of threads.
/// Errors: k not below N / 2, other numbers of rows, values that are not finite.
double trustworthiness(const Tensor& features, const Tensor& map, int k = 5);

/// The reverse: whether rows that are near in the features are near on the map. 1: no neighbour was torn away.
inline double continuity(const Tensor& features, const Tensor& map, int k = 5) {
  return trustworthiness(map, features, k);
}

}  // namespace nce::nn
