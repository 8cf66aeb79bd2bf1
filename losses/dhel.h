#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `dhel` | z1 | N - 1 others of z1 (`.both_views`: z2's energy too) | no | option | log(N - 1) |
// Koromilas et al. 2024 |
namespace nce::losses {

struct DhelOptions {
  Temperature temperature = 0.3;
  bool both_views = false;  ///< Adds the energy of z2, as the authors' code does by default.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "the energy of the second view too");
  }
};

/// DHEL, decoupled hyperspherical energy loss (Koromilas et al., "Bridging Mini-Batch and Asymptotic Analysis in
/// Contrastive Learning: From InfoNCE to Kernel-Based Losses", ICML 2024, arXiv 2405.18045). Negatives come from the
/// anchor's own view, so alignment and uniformity are separate sums.
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/N sum_i [ -s_ii + log sum_{k != i} exp(r_ik) ]
///     s_ii = cos(z1_i, z2_i) / temperature,   r_ik = cos(z1_i, z1_k) / temperature
///     N dL/ds_ii = -1,   N dL/dr_ik = softmax_k(r_i), by anchor
///
/// - anchors: z1; candidates: the other N - 1 rows of z1
/// - the positive is not in the denominator
/// - `both_views` adds 1/N sum_i log sum_{k != i} exp(cos(z2_i, z2_k) / temperature): then L is symmetric, with one
///   positive and two energies
/// - collapsed embeddings: log(N - 1); `both_views`: 2 log(N - 1) + 1 / temperature
/// - dense definition: `dense::dhel`
inline Tensor dhel(const Tensor& z1, const Tensor& z2, const DhelOptions& options = {}) {
  check_loss("dhel", z1, z2, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor loss = mean(logsumexp_pairs(a, {.exclude = Exclude::self, .minus = paired(a, b)}));
  return options.both_views ? loss + mean(logsumexp_pairs(b)) : loss;
}

}  // namespace nce::losses
