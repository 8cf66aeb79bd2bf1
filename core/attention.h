#pragma once
#include <cstdint>
#include <span>

#include "nce/core/tensor.h"

namespace nce {

struct AttentionOptions {
  int64_t heads = 1;  ///< Divides the width of q, k and v. Head h has columns h width / heads and on.
  std::span<const int> lengths = {};  ///< Sample b has lengths[b] keys; those after them are masked. Empty: all.
};
/// softmax(q k^T / sqrt(E / heads)) v for each sample and head (Vaswani et al., 2017, equation 1). q (B, L, E),
/// k (B, S, E), v (B, S, V) -> (B, L, V). A sample without keys gives 0. The matrices of weights are never held: blocks of
/// 64 queries, made again in the backward pass. Projections are layers of their own.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});

/// The same for samples of different lengths without padding: rows offsets[b] .. offsets[b + 1] of q (n, E), k (n, E),
/// v (n, V) are sample b, which attends to itself -> (n, V).
Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v, std::span<const int64_t> offsets,
                         int64_t heads = 1);

}  // namespace nce
