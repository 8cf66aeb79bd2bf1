#pragma once
#include "nce/core/tensor.h"

namespace nce::nn {

struct NeighbourEmbeddingOptions {
  int neighbours = 10;      ///< Number of positives of a point.
  int steps = 500;          ///< Of gradient descent.
  double early_delta = 12;  ///< delta (see below) in the early steps. Later it is 1.
  double early = 1. / 3;    ///< Share of the steps that are early.
};

/// A map: features (N, d) -> (N, 2), on which near rows are near. Contrastive neighbour embedding (Damrich et al.,
/// "From t-SNE to UMAP with contrastive learning", ICLR 2023, arXiv 2206.01816). It is InfoNCE. The similarity of two
/// points of the map is the Cauchy kernel of their distance. The positives of a point are its nearest neighbours in the
/// features, and all other points are candidates. (InfoNC-t-SNE of the paper draws a few candidates.)
///
///     L = 1/N sum_i [ -delta/k sum_{j in kNN(i)} log q_ij + log sum_{l != i} q_il ],   q_ij = 1 / (1 + |y_i - y_j|^2)
///     N dL/dy_i = 2 sum_j (A_ij + A_ji) q_ij (y_i - y_j) - 2 sum_l (1/S_i + 1/S_l) q_il^2 (y_i - y_l)
///     A_ij = delta/k for j in kNN(i), S_i = sum_{l != i} q_il
///
/// - t-SNE (van der Maaten and Hinton, 2008) differs in two things: it has one denominator for all pairs, and a
///   perplexity instead of a number of positives. What t-SNE calls early exaggeration is the delta of SC-InfoNCE
/// - Euclidean distances; in a tie the first row is nearer. Nothing is random: the start is PCA, and the same features
///   give the same map, for any number of threads. It works in the precision of the features
/// - O(N^2 (d + steps)) operations and O(N (d + k)) memory. 5,000 rows take seconds
/// - errors: fewer than three rows, `neighbours` not within 1 .. N - 1, features that are not finite
Tensor neighbour_embedding(const Tensor& features, const NeighbourEmbeddingOptions& options = {});

}  // namespace nce::nn
