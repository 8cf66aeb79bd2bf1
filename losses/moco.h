#pragma once
#include "nce/losses/memory_queue.h"
#include "nce/losses/temperature.h"

namespace nce::losses {

struct MocoOptions {
  Temperature temperature = 0.07;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// The loss of MoCo (He et al., CVPR 2020, eq. 1): InfoNCE of queries against one key each and a queue of old keys.
/// queries and keys of shape (N, d), row i of one matching row i of the other, the keys from an encoder that
/// follows the queries' (`nn/optim/ema.h`).
///
///     L = 1/N sum_i log(1 + sum_m exp(s_im - s_i+)),   s_i+ = cos(q_i, k_i) / temperature,  s_im = q_i with row m
///
/// - anchors: the queries; candidates: the key, and the K rows of the queue (not the other keys)
/// - the positive is in the denominator
/// - neither keys nor queue get a gradient; push the keys afterwards, that they are not their own negatives
/// - collapsed embeddings, queue included: log(1 + K)
Tensor moco(const Tensor& queries, const Tensor& keys, const MemoryQueue& queue, const MocoOptions& options = {});

}  // namespace nce::losses
