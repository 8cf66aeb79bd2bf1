#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct DebiasedInfoNceOptions {
  Temperature temperature = 0.5;
  double tau_plus = 0.1;  ///< How likely a negative is of the anchor's own class, 0 <= tau_plus < 1.
  void fields(Options& o) {
    temperature.fields(o, false);
    o.number("tau_plus", tau_plus, "share of the negatives that is of the anchor's class",
             {.least = 0, .below = 1});
  }
};

/// Debiased contrastive loss (Chuang et al., "Debiased Contrastive Learning", NeurIPS 2020, eq. 7 and 8): NT-Xent
/// in which the share tau_plus of the negatives, taken to be of the anchor's class, is taken off again. z1, z2 of
/// shape (N, d), N >= 2, row i of one matching row i of the other.
///
///     L = 1/(2N) sum_i log(1 + M g_i / exp(s_i+)),   s = cos / temperature over the 2N rows together, M = 2N - 2
///     g_i = max( (mean_k exp(s_ik) - tau_plus exp(s_i+)) / (1 - tau_plus), exp(-1 / temperature) ),  k negative
///
/// - anchors: all 2N rows; candidates: the positive and the M rows of other pairs; symmetric in the two views
/// - the positive is in the denominator; with tau_plus = 0 it is nt_xent
/// - where the estimate falls below the least that a mean of exp(s) can be, that least stands for it, and the
///   negatives get no gradient
/// - collapsed embeddings: log(2N - 1)
Tensor debiased_info_nce(const Tensor& z1, const Tensor& z2, const DebiasedInfoNceOptions& options = {});

}  // namespace nce::losses
