#pragma once
#include "nce/losses/engine/pair_functions.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `gkcl` | both views | N - 1 others of the own view, Gaussian kernel | - | yes | 2 (γ - 1) | Koromilas et al. 2024 |
namespace nce::losses {

struct GkclOptions {
  double kernel = 2;   ///< t below: the kernel's width is 1 / sqrt(2t).
  double energy = 16;  ///< gamma below: the weight of the energy.
  void fields(Options& o) {
    o.number("kernel", kernel, "t of the kernel exp(-t |x - y|^2)", {.above = 0});
    o.number("energy", energy, "weight of the energy", {.least = 0});
  }
};

/// GKCL, the kernel contrastive loss with a Gaussian kernel (Koromilas et al., ICML 2024, arXiv 2405.18045).
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2; u and v are their normalised rows.
///
///     L = -2/N sum_i k(u_i, v_i) + gamma / (N (N-1)) sum_{i != k} [ k(u_i, u_k) + k(v_i, v_k) ]
///     k(x, y) = exp(-t |x - y|^2) = exp(2t (cos - 1)),   dk/dcos = 2t k
///
/// - the alignment of the pairs, and the energy of each view by itself; symmetric
/// - no denominator: the expected loss does not depend on N
/// - collapsed embeddings: 2 (gamma - 1)
/// - dense definition: `dense::gkcl`
inline Tensor gkcl(const Tensor& z1, const Tensor& z2, const GkclOptions& options = {}) {
  check_loss("gkcl", z1, z2, options, 2);
  const double n = double(z1.size(0)), shift = 2 * options.kernel;
  const Tensor a = logit_rows(z1, 1 / shift), b = logit_rows(z2, 1 / shift);  // cos times 2t
  const Tensor energy = sum_pairs(a, exp_of_pair(shift)) + sum_pairs(b, exp_of_pair(shift));
  return mean(exp(paired(a, b) - shift)) * -2.0 + energy * (options.energy / (n * (n - 1)));
}

}  // namespace nce::losses
