#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct SimpleContrastiveOptions {
  Temperature temperature = 1;  ///< Only scales the loss.
  void fields(Options& o) { temperature.fields(o, false); }
};

/// The linear loss, a baseline of arXiv 2511.12180: the mean negative less the mean positive. z1, z2 of shape
/// (N, d), N >= 2, row i of one matching row i of the other.
///
///     L = 1/(N (N-1)) sum_{i != k} s_ik - 1/N sum_i s_ii,   s_ik = cos(z1_i, z2_k) / temperature
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - computed from the sums of the rows: O(N d)
/// - collapsed embeddings: 0; pairs aligned and orthogonal to each other: -1 / temperature
/// - gradient by s_ik, times N: -1 on the positive, 1 / (N - 1) on each negative: constant, so that no logit comes
///   to rest but at its bound, and nothing tells a hard negative from an easy one
Tensor simple_contrastive(const Tensor& z1, const Tensor& z2, const SimpleContrastiveOptions& options = {});

}  // namespace nce::losses
