#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"
#include "nce/losses/memory_queue.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `moco` | z1, the queries | z2_i and K rows of a `MemoryQueue` | yes | no | log(1 + K) |
// He et al. 2020, eq. 1 |
namespace nce::losses {

struct MocoOptions {
  Temperature temperature = 0.07;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// The loss of MoCo (He et al., CVPR 2020, eq. 1): InfoNCE of queries against one key each and a queue of old keys.
/// queries, keys: (N, d), row i of queries matches row i of keys. The keys come from an encoder that follows that of
/// the queries (nn/optim/ema.h).
///
///     L = 1/N sum_i log(1 + sum_m exp(r_im - s_i))
///     s_i = cos(q_i, k_i) / temperature,   r_im = cos(q_i, row m of the queue) / temperature
///     N dL/ds_i = p_i - 1,   N dL/dr_im = the softmax of r_im, p_i that of s_i
///
/// - anchors: the queries; candidates: the key and the K rows of the queue (not the other keys)
/// - the positive is in the denominator
/// - keys and queue get no gradient. Push the keys afterwards, so that they are not their own negatives
/// - collapsed embeddings, queue included: log(1 + K)
/// - dense definition: `dense::moco`
inline Tensor moco(const Tensor& queries, const Tensor& keys, const MemoryQueue& queue,
                   const MocoOptions& options = {}) {
  check_loss("moco", queries, keys, options);
  const Tensor q = logit_rows(queries, options.temperature), k = logit_rows(keys.detach(), options.temperature);
  const Tensor negatives = logit_rows(queue.rows(), options.temperature);
  return mean(softplus(logsumexp_pairs(q, negatives, {.minus = paired(q, k)})));
}

}  // namespace nce::losses
