#pragma once
#include "nce/core/ops.h"

/// What the losses of pairs share: rows whose dot products are the similarities, and the refusals.
namespace nce::losses {

/// Refuses what no loss of two views can work with: embeddings that are not two matrices of one shape (N, d), fewer
/// than `least` pairs, a temperature that is not positive. The error names `loss`.
void check_views(const char* loss, const Tensor& z1, const Tensor& z2, double temperature, int64_t least = 1);

/// z_i / (|z_i| sqrt(temperature)): the dot product of two such rows is cos / temperature. With `logit_scale` (one
/// element; may be learned) defined, 1 / temperature is its exponential instead, as in CLIP.
Tensor unit_rows(const Tensor& z, double temperature, const Tensor& logit_scale = {});

/// a_i . b_i for matching rows of a and b (N, d): (N).
Tensor paired(const Tensor& a, const Tensor& b);

}  // namespace nce::losses
