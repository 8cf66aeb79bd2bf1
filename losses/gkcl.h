#pragma once
#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

struct GkclOptions {
  double kernel = 2;   ///< t of the kernel: its width is 1 / sqrt(2t).
  double energy = 16;  ///< gamma, the weight of the energy.
  void fields(Options& o) {
    o.number("kernel", kernel, "t of the kernel exp(-t |x - y|^2)", {.above = 0});
    o.number("energy", energy, "weight of the energy", {.least = 0});
  }
};

/// GKCL, the kernel contrastive loss with a Gaussian kernel (Koromilas et al., ICML 2024, arXiv 2405.18045): z1, z2
/// of shape (N, d), N >= 2, row i of one matching row i of the other, u and v their normalised rows.
///
///     L = -2/N sum_i k(u_i, v_i) + gamma / (N (N-1)) sum_{i != k} [ k(u_i, u_k) + k(v_i, v_k) ]
///     k(x, y) = exp(-t |x - y|^2) = exp(2t (cos - 1))
///
/// - alignment of the pairs, and the energy of each view by itself; symmetric; no denominator, so that the expected
///   loss does not depend on N
/// - collapsed embeddings: 2 (gamma - 1)
Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& options = {});

}  // namespace nce::losses
