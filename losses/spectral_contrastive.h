#pragma once
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `spectral_contrastive` | z1 | N - 1 others of z2, squared | - | yes | 1/τ² - 2/τ |
// HaoChen et al. 2021, eq. 6 |
namespace nce::losses {

struct SpectralContrastiveOptions {
  Temperature temperature = 1;  ///< The paper's 1 / mu: rows have length 1 / sqrt(temperature).
  bool normalised = true;       ///< False: rows as they are, without the temperature.
  void fields(Options& o) {
    temperature.fields(o);
    o.flag("normalised", normalised, "rows of one length; false: rows as they are");
  }
};

/// Spectral contrastive loss (HaoChen et al., "Provable Guarantees for Self-Supervised Deep Learning with Spectral
/// Contrastive Loss", NeurIPS 2021, eq. 6). z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = -2/N sum_i s_ii + 1/(N (N-1)) sum_{i != k} s_ik^2,   s_ik = cos(z1_i, z2_k) / temperature
///     N dL/ds_ik = -2 for k = i, else 2 s_ik / (N - 1)
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - if s were free, the loss would be least at s = c1 / c2 (theory/)
/// - not `normalised`: s_ik = z1_i . z2_k. The paper's code shortens rows longer than sqrt(mu), and leaves the others
/// - collapsed embeddings: -2 / temperature + 1 / temperature^2
/// - dense definition: `dense::spectral_contrastive`. Below: O(N d^2), without an N x N matrix:
///   sum_ik (a_i . b_k)^2 = sum_pq (a^T a)_pq (b^T b)_pq
inline Tensor spectral_contrastive(const Tensor& z1, const Tensor& z2,
                                   const SpectralContrastiveOptions& options = {}) {
  check_loss("spectral_contrastive", z1, z2, options, 2);
  const double n = double(z1.size(0));
  const Tensor a = options.normalised ? logit_rows(z1, options.temperature) : z1;
  const Tensor b = options.normalised ? logit_rows(z2, options.temperature) : z2;
  const Tensor positive = paired(a, b), squares = sum(matmul(t(a), a) * matmul(t(b), b));
  return mean(positive) * -2.0 + (squares - sum(square(positive))) * (1 / (n * (n - 1)));
}

}  // namespace nce::losses
