#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct SigLipOptions {
  Temperature temperature = 0.1;
  double bias = -10;
  /// One element, may be learned: the bias, in the place of the number above.
  Tensor logit_bias = {};

  /// Training learns both, as in the paper, from the numbers above on (the paper starts at 0.1 and -10).
  void learn();
  std::vector<std::pair<std::string, Tensor*>> parameters();
  void fields(Options& o) {
    temperature.fields(o, false);
    o.number("bias", bias, "where the learned bias starts", {.least = -1e6, .most = 1e6});
  }
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
