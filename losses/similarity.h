#pragma once
#include "nce/core/ops.h"

/// What the pairwise losses share: cosine similarities over a temperature, and who is left out of a row.
namespace nce::losses {

/// Refuses what no loss of two views can work with: embeddings that are not two matrices of one shape (N, d), fewer
/// than `least` pairs, a temperature that is not positive. The error names `loss`.
void check_views(const char* loss, const Tensor& z1, const Tensor& z2, double temperature, int64_t least = 1);

/// s_ik = cos(a_i, b_k) / temperature for rows of a (N, d) and b (M, d): (N, M), within +-1/temperature.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, double temperature);

/// 1 on the main diagonal of an (n, n) matrix, 0 elsewhere: a mask for `masked_fill` and `where`.
Tensor diagonal_mask(int64_t n, DType dtype);

}  // namespace nce::losses
