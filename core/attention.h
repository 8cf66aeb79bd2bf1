#pragma once
#include <cstdint>
#include <span>

#include "nce/core/tensor.h"

namespace nce {

struct AttentionOptions {
  int64_t heads = 1;  ///< Must divide the widths of q, k and v. Head h has the h-th part of their columns.
  std::span<const int> lengths = {};  ///< Sample b has lengths[b] keys; those after them are masked. Empty: all.
};
/// softmax(q k^T / sqrt(E / heads)) v for each sample and head (Vaswani et al., 2017, equation 1). q (B, L, E), k
/// (B, S, E), v (B, S, V) -> (B, L, V). A sample without keys gives 0. The whole matrices of weights are never in
/// memory: there are blocks of 64 queries, which the backward pass computes again. Projections are separate layers.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});

/// The same for samples of different lengths without padding: rows offsets[b] .. offsets[b + 1] of q (n, E), k (n, E),
/// v (n, V) are sample b, which attends to itself -> (n, V).
Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v, std::span<const int64_t> offsets,
                         int64_t heads = 1);

}  // namespace nce
