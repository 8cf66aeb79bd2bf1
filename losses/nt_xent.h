#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct NtXentOptions {
  Temperature temperature = 0.5;
  void fields(Options& o) { temperature.fields(o, true); }
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
