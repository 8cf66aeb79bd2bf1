#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct HardInfoNceOptions {
  Temperature temperature = 0.5;
  double beta = 1;        ///< How much more near negatives count; 0: all alike.
  double tau_plus = 0.1;  ///< How likely a negative is of the anchor's own class, 0 <= tau_plus < 1.
  void fields(Options& o) {
    temperature.fields(o, false);
    o.number("beta", beta, "how much more near negatives count", {.least = 0});
    o.number("tau_plus", tau_plus, "share of the negatives that is of the anchor's class",
             {.least = 0, .below = 1});
  }
};

/// InfoNCE with hard negatives (Robinson et al., "Contrastive Learning with Hard Negative Samples", ICLR 2021, eq.
/// 4): negatives as if they were drawn with density proportional to exp(beta s), debiased. z1, z2 of shape (N, d),
/// N >= 2, row i of one matching row i of the other.
///
///     L = 1/(2N) sum_i log(1 + M g_i / exp(s_i+)),   s = cos / temperature over the 2N rows together, M = 2N - 2
///     g_i = max( (h_i - tau_plus exp(s_i+)) / (1 - tau_plus), exp(-1 / temperature) )
///     h_i = sum_k exp((1 + beta) s_ik) / sum_k exp(beta s_ik),   k the negatives
///
/// - anchors: all 2N rows; candidates: the positive and the M rows of other pairs; symmetric in the two views
/// - the positive is in the denominator; beta = 0 is debiased_info_nce, and with tau_plus = 0 nt_xent
/// - collapsed embeddings: log(2N - 1)
Tensor hard_info_nce(const Tensor& z1, const Tensor& z2, const HardInfoNceOptions& options = {});

}  // namespace nce::losses
