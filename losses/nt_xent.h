#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

struct NtXentOptions {
  Temperature temperature = 0.5;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// NT-Xent, the loss of SimCLR (Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations",
/// 2020, eq. 1). z1, z2: (N, d), row i of z1 matches row i of z2.
///
///     L = 1/(2N) sum_i [ -s_ip + log sum_{k != i} exp(s_ik) ],   s = cos / temperature of all 2N rows
///     2N dL/ds_ik = softmax_k(s_i) - [k = p],   k != i, by anchor
///
/// - anchors: all 2N rows; candidates: the other 2N - 1, with the positive p, the other view of i
/// - the positive is in the denominator; symmetric in the two views
/// - collapsed embeddings: log(2N - 1)
/// - dense definition: `dense::nt_xent`. Below: softplus of the negatives over the positive, as in info_nce.h
inline Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options = {}) {
  check_loss("nt_xent", z1, z2, options);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const auto [a, b] = halves(z);
  const Tensor positive = paired(a, b);
  return mean(softplus(
      logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = concatenate({positive, positive})})));
}

}  // namespace nce::losses
