#pragma once
#include "nce/core/ops.h"
#include "nce/losses/temperature.h"

/// What the losses of pairs share: rows whose dot products are the similarities, and the refusals.
namespace nce::losses {

/// Refuses what no loss of two views can work with: embeddings that are not two matrices of one shape (N, d), or
/// fewer than `least` pairs. The error names `loss`.
void check_views(const char* loss, const Tensor& z1, const Tensor& z2, int64_t least = 1);

/// Rows z_i / (|z_i| sqrt(temperature)), (N, d): the dot product of two such rows is a logit, cos / temperature.
inline Tensor logit_rows(const Tensor& z, const Temperature& temperature) { return temperature.scale(normalize(z)); }

/// a_i . b_i for matching rows of a and b (N, d): (N).
Tensor paired(const Tensor& a, const Tensor& b);

}  // namespace nce::losses
