#pragma once
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `barlow_twins` | - | - (dimensions, not pairs) | - | yes | d | Zbontar et al. 2021, eq. 1 |
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
/// 1): pulls the matrix of correlations between the dimensions of the two views towards the identity matrix.
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = sum_p (1 - C_pp)^2 + lambda sum_{p != q} C_pq^2,   C_pq = 1/N sum_i x_ip y_iq
///     dL/dC_pq = 2 (C_pp - 1) for q = p, else 2 lambda C_pq
///
/// x and y are z1 and z2 with each column centred and divided by sqrt(var + eps), var over N.
///
/// - no anchors, no negatives: a d x d matrix of dimensions, not an N x N one of samples; symmetric
/// - collapsed embeddings: d
inline Tensor barlow_twins(const Tensor& z1, const Tensor& z2, const BarlowTwinsOptions& options = {}) {
  check_loss("barlow_twins", z1, z2, options, 2);
  const auto standardised = [&](const Tensor& z) {
    return (z - mean(z, 0, true)) * rsqrt(var(z, 0, true, 0) + options.eps);
  };
  const Tensor c = matmul(t(standardised(z1)), standardised(z2)) * (1 / double(z1.size(0)));
  const Tensor own = diagonal(c);
  return sum(square(own - 1.0)) + (sum(square(c)) - sum(square(own))) * options.lambda;
}

}  // namespace nce::losses
