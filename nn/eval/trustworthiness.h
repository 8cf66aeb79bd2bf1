#pragma once
#include "nce/core/tensor.h"

namespace nce::nn {

/// Whether a map can be trusted: are rows that are near each other on it near in the features, too?
///
///     1 - 2 / (N k (2 N - 3 k - 1)) sum_i sum_j max(0, rank(i, j) - k)
///
/// Here j are the k nearest rows of i on the map, and rank(i, j) is the place of j among the nearest rows of i in the
/// features; 1 is the nearest (Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001). 1:
/// no neighbour is false. Euclidean distances; in a tie the first row is nearer. The same as in scikit-learn. Features
/// (N, d), map (N, m), O(N^2 (d + m)) operations, O(N) memory for each thread. The same bits for any number of threads.
/// Errors: k is not below N / 2, different numbers of rows, values that are not finite.
double trustworthiness(const Tensor& features, const Tensor& map, int k = 5);

/// The reverse: are rows that are near in the features near on the map? 1: no neighbour is missing.
inline double continuity(const Tensor& features, const Tensor& map, int k = 5) {
  return trustworthiness(map, features, k);
}

}  // namespace nce::nn
