#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

struct BarlowTwinsOptions {
  double lambda = 5e-3;  ///< Weight of the off-diagonal elements.
  double eps = 1e-5;     ///< Added to each variance, as in batch normalisation.
  void fields(Options& o) {
    o.number("lambda", lambda, "weight of the correlations between dimensions", {.least = 0});
    o.number("eps", eps, "added to each variance", {.least = 0});
  }
};

/// Barlow Twins (Zbontar et al., "Barlow Twins: Self-Supervised Learning via Redundancy Reduction", ICML 2021, eq.
/// 1): the cross-correlation of the two views' dimensions is to be the identity. z1, z2 of shape (N, d), N >= 2,
/// row i of one matching row i of the other.
///
///     L = sum_p (1 - C_pp)^2 + lambda sum_{p != q} C_pq^2,   C_pq = 1/N sum_i x_ip y_iq
///
/// x and y are z1 and z2 with each column centred and divided by its standard deviation (1/N, sqrt(var + eps)).
///
/// - no anchors, no negatives: the d x d matrix of dimensions instead of the N x N one of samples; symmetric
/// - collapsed embeddings: d
Tensor barlow_twins(const Tensor& z1, const Tensor& z2, const BarlowTwinsOptions& options = {});

}  // namespace nce::losses
