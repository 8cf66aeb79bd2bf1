#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

struct IsInfoNceOptions {
  Temperature temperature = 0.2;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// Independently sampled InfoNCE, a baseline of arXiv 2511.12180. A view that is a positive is never a negative.
/// z1, z2, z3: (N, d), three views of N samples.
///
///     L = 1/N sum_i [ -s_ii + log( exp(s_ii) + sum_{k != i} exp(r_ik) ) ]
///     s_ii = cos(z1_i, z2_i) / temperature,   r_ik = cos(z1_i, z3_k) / temperature
///     N dL/ds_ii = p_i - 1,   N dL/dr_ik = the softmax of r_ik, p_i that of s_ii
///
/// - anchors: z1; candidates: the positive z2_i and the N - 1 other rows of z3
/// - the positive is in the denominator
/// - collapsed embeddings: log N
/// - dense definition: `dense::is_info_nce`
///
/// The paper names the baseline and leaves the sampling open. This is our reading. In InfoNCE z2_k is the positive of
/// anchor k and a negative of all others: the terms depend on each other. Here negatives are drawn anew. The target is
/// that of InfoNCE.
inline Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3,
                          const IsInfoNceOptions& options = {}) {
  check_loss("is_info_nce", z1, z2, options);
  check_views("is_info_nce", z1, z3);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor negatives = logit_rows(z3, options.temperature);
  return mean(softplus(logsumexp_pairs(a, negatives, {.exclude = Exclude::self, .minus = paired(a, b)})));
}

/// With two views: the negatives are the other rows of z1, which are no positives either.
inline Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const IsInfoNceOptions& options = {}) {
  check_loss("is_info_nce", z1, z2, options);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  return mean(softplus(logsumexp_pairs(a, {.exclude = Exclude::self, .minus = paired(a, b)})));
}

}  // namespace nce::losses
