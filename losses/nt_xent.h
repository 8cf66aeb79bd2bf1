#pragma once
#include "nce/core/tensor.h"

namespace nce::losses {

struct NtXentOptions {
  double temperature = 0.5;
  /// One element, may be learned: the logarithm of 1 / temperature, in its place (CLIP's).
  Tensor logit_scale = {};
};

/// NT-Xent, the loss of SimCLR (Chen et al., "A Simple Framework for Contrastive Learning of Visual
/// Representations", 2020, eq. 1): z1, z2 of shape (N, d), row i of one matching row i of the other.
///
///     L = 1/(2N) sum_i [ -s_ip + log sum_{k != i} exp(s_ik) ],   s = cos / temperature over the 2N rows together
///
/// - anchors: all 2N rows; candidates: the other 2N - 1, the positive p among them
/// - the positive is in the denominator; symmetric in the two views
/// - collapsed embeddings: log(2N - 1)
Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options = {});

}  // namespace nce::losses
