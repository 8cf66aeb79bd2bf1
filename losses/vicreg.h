#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

struct VicregOptions {
  double invariance = 25, variance = 25, covariance = 1;  ///< Weights of the three terms.
  double gamma = 1;   ///< The standard deviation that each dimension is to have.
  double eps = 1e-4;  ///< Added to each variance.
  void fields(Options& o) {
    o.number("invariance", invariance, "weight of the distance between views", {.least = 0});
    o.number("variance", variance, "weight of the spread of each dimension", {.least = 0});
    o.number("covariance", covariance, "weight of the covariances of dimensions", {.least = 0});
    o.number("gamma", gamma, "least standard deviation of a dimension", {.least = 0});
    o.number("eps", eps, "added to each variance", {.least = 0});
  }
};

/// VICReg (Bardes et al., "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning",
/// ICLR 2022, eq. 1 to 6): z1, z2 of shape (N, d), N >= 2, row i of one matching row i of the other, not
/// normalised.
///
///     L = invariance mean_ip (z1_ip - z2_ip)^2 + variance (v(z1) + v(z2)) / 2 + covariance (c(z1) + c(z2))
///     v(z) = mean_p max(0, gamma - sqrt(var_p + eps)),   c(z) = 1/d sum_{p != q} cov_pq^2
///
/// Variances and covariances are the unbiased ones, over N - 1.
///
/// - no anchors, no negatives; symmetric
/// - the terms are scaled as in the authors' code, which the weights 25, 25, 1 belong to: the squares' mean runs
///   over dimensions too, and the variance term is halved (the paper's text has neither)
/// - collapsed embeddings: variance max(0, gamma - sqrt(eps))
Tensor vicreg(const Tensor& z1, const Tensor& z2, const VicregOptions& options = {});

}  // namespace nce::losses
