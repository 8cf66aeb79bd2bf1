#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct SpectralContrastiveOptions {
  Temperature temperature = 1;  ///< The paper's 1 / mu: rows have length 1 / sqrt(temperature).
  bool normalised = true;       ///< False: rows as they are; `temperature` is not used.
  void fields(Options& o) {
    temperature.fields(o, false);
    o.flag("normalised", normalised, "rows of one length; false: rows as they are");
  }
};

/// Spectral contrastive loss (HaoChen et al., "Provable Guarantees for Self-Supervised Deep Learning with Spectral
/// Contrastive Loss", NeurIPS 2021, eq. 6). z1, z2 of shape (N, d), N >= 2, row i of one matching row i of the
/// other.
///
///     L = -2/N sum_i s_ii + 1/(N (N-1)) sum_{i != k} s_ik^2,   s_ik = cos(z1_i, z2_k) / temperature
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - the sum of squares over all pairs is that of the elements of z1^T z1 times those of z2^T z2: O(N d^2), and no
///   pair is ever formed
/// - collapsed embeddings: -2 / temperature + 1 / temperature^2
/// - gradient by s_ik, times N: -2 on the positive, 2 s_ik / (N - 1) on each negative: least over free s where s =
///   c1 / c2
/// - not normalised, s_ik = z1_i . z2_k. (The paper's code shortens rows that are longer than sqrt(mu) and leaves
///   the others.)
Tensor spectral_contrastive(const Tensor& z1, const Tensor& z2, const SpectralContrastiveOptions& options = {});

}  // namespace nce::losses
