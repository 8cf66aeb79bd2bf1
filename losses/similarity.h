#pragma once
#include "nce/core/ops.h"

/// What the pairwise losses share: cosine similarities over a temperature, and who is left out of a row.
namespace nce::losses {

/// Refuses what no loss of two views can work with: embeddings that are not two matrices of one shape (N, d), fewer
/// than `least` pairs, a temperature that is not positive. The error names `loss`.
void check_views(const char* loss, const Tensor& z1, const Tensor& z2, double temperature, int64_t least = 1);

/// s_ik = cos(a_i, b_k) / temperature for rows of a (N, d) and b (M, d): (N, M), within +-1/temperature.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, double temperature);

/// log sum_{k negative} exp(s_ik - s_i+) for every row i: how the negatives weigh against the positive s_i+,
/// `positive` of shape (N), where `excluded` (N, M) is 0. It is the loss of DCL by row, and its softplus is that of
/// InfoNCE:
///
///     -log( exp(s+) / (exp(s+) + sum exp(s_k)) ) = log(1 + sum exp(s_k - s+)) = softplus(log sum exp(s_k - s+))
///
/// Written so, a loss near 0 keeps its digits at low temperatures, where s_ik and the log-sum are large and nearly
/// equal.
Tensor negatives_over_positive(const Tensor& s, const Tensor& positive, const Tensor& excluded);

/// 1 on the main diagonal of an (n, n) matrix, 0 elsewhere: a mask for `masked_fill` and `where`.
Tensor diagonal_mask(int64_t n, DType dtype);

}  // namespace nce::losses
