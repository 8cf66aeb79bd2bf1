#pragma once
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `vicreg` | - | - (dimensions, not pairs) | - | yes | 25 (1 - 0.01) | Bardes et al. 2022, eq. 1 to 6 |
namespace nce::losses {

struct VicregOptions {
  double invariance = 25, variance = 25, covariance = 1;  ///< Weights of the three terms.
  double gamma = 1;                                       ///< The wanted standard deviation of each dimension.
  double eps = 1e-4;                                      ///< Added to each variance.
  void fields(Options& o) {
    o.number("invariance", invariance, "weight of the distance between views", {.least = 0});
    o.number("variance", variance, "weight of the spread of each dimension", {.least = 0});
    o.number("covariance", covariance, "weight of the covariances of dimensions", {.least = 0});
    o.number("gamma", gamma, "least standard deviation of a dimension", {.least = 0});
    o.number("eps", eps, "added to each variance", {.least = 0});
  }
};

/// VICReg (Bardes et al., "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning",
/// ICLR 2022, eq. 1 to 6). z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2; not normalised.
///
///     L = invariance mean_ip (z1_ip - z2_ip)^2 + variance (v(z1) + v(z2)) / 2 + covariance (c(z1) + c(z2))
///     v(z) = mean_p max(0, gamma - sqrt(var_p + eps)),   c(z) = 1/d sum_{p != q} cov_pq^2
///     dv/dvar_p = -1 / (2d sqrt(var_p + eps)) below gamma, else 0;   dc/dcov_pq = 2 cov_pq / d
///
/// Variances and covariances are unbiased, over N - 1.
///
/// - no anchors, no negatives; symmetric
/// - scaled as the authors' code, which the weights 25, 25, 1 belong to: a mean over dimensions in the first term,
///   half of the second (the paper's text has neither)
/// - collapsed embeddings: variance max(0, gamma - sqrt(eps))
inline Tensor vicreg(const Tensor& z1, const Tensor& z2, const VicregOptions& options = {}) {
  check_loss("vicreg", z1, z2, options, 2);
  const double n = double(z1.size(0)), d = double(z1.size(1));
  Tensor loss = mean(square(z1 - z2)) * options.invariance;
  for (const Tensor& z : {z1, z2}) {
    const Tensor centred = z - mean(z, 0, true);
    const Tensor covariance = matmul(t(centred), centred) * (1 / (n - 1)), variance = diagonal(covariance);
    loss = loss + mean(relu(options.gamma - sqrt(variance + options.eps))) * (options.variance / 2) +
           (sum(square(covariance)) - sum(square(variance))) * (options.covariance / d);
  }
  return loss;
}

}  // namespace nce::losses
