#pragma once
#include "nce/core/tensor.h"

namespace nce::losses {

struct SigLipOptions {
  double temperature = 0.1;
  double bias = -10;
  /// One element each, may be learned, in the place of the two above: the logarithm of 1 / temperature, and the
  /// bias. The paper learns both, from log 10 and -10.
  Tensor logit_scale = {}, logit_bias = {};
};

/// SigLIP (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023, eq. 2): each pair by itself,
/// matching or not. z1, z2 of shape (N, d), row i of one matching row i of the other.
///
///     L = 1/N sum_i sum_k log(1 + exp(-y_ik (s_ik + bias))),   s_ik = cos(z1_i, z2_k) / temperature
///
/// y_ik = 1 for k = i, else -1.
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - the bias starts low because N - 1 of N pairs do not match
/// - collapsed embeddings: softplus(-x) + (N - 1) softplus(x), x = 1 / temperature + bias
/// - gradient by s_ik, times N: sigmoid(s_ik + bias) - [k = i]
Tensor sig_lip(const Tensor& z1, const Tensor& z2, const SigLipOptions& options = {});

}  // namespace nce::losses
