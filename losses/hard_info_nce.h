#pragma once
#include "nce/losses/debiased_info_nce.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `hard_info_nce` | 2N rows | positive and 2N - 2 others, near ones count more | yes | yes | log(2N - 1) |
// Robinson et al. 2021, eq. 4 |
namespace nce::losses {

struct HardInfoNceOptions {
  Temperature temperature = 0.5;
  double beta = 1;        ///< How much more near negatives count; 0: all count equally.
  double tau_plus = 0.1;  ///< As in `DebiasedInfoNceOptions`.
  void fields(Options& o) {
    temperature.fields(o);
    o.number("beta", beta, "how much more near negatives count", {.least = 0});
    o.number("tau_plus", tau_plus, "share of the negatives that is of the anchor's class",
             {.least = 0, .below = 1});
  }
};

/// InfoNCE with hard negatives (Robinson et al., "Contrastive Learning with Hard Negative Samples", ICLR 2021, eq. 4):
/// debiased, and negatives weigh more if they are near: as if they were drawn with density proportional to exp(beta s).
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/(2N) sum_i log(1 + M g_i / exp(s_ip)),   s = cos / temperature of all 2N rows,   M = 2N - 2
///     g_i = max( (h_i - tau_plus exp(s_ip)) / (1 - tau_plus), exp(-1 / temperature) )
///     h_i = sum_k exp((1 + beta) s_ik) / sum_k exp(beta s_ik),   k negative
///     dh_i/ds_ik = h_i [ (1 + beta) softmax_k((1 + beta) s_i) - beta softmax_k(beta s_i) ]
///
/// - anchors: all 2N rows; candidates: the positive p and the M rows of other pairs; symmetric in the two views
/// - the positive is in the denominator; beta = 0 is debiased_info_nce, and with tau_plus = 0 nt_xent
/// - collapsed embeddings: log(2N - 1)
/// - dense definition: `dense::hard_info_nce`. Below: rows times sqrt(power) have logits times power
inline Tensor hard_info_nce(const Tensor& z1, const Tensor& z2, const HardInfoNceOptions& options = {}) {
  check_loss("hard_info_nce", z1, z2, options, 2);
  const double count = double(2 * z1.size(0) - 2);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const auto [a, b] = halves(z);
  const Tensor pair = paired(a, b), positive = concatenate({pair, pair});
  // log sum_k exp(power (s_ik - s_ip))
  const auto sum_of = [&](double power) {
    return logsumexp_pairs(z * std::sqrt(power), {.exclude = Exclude::self_and_pair, .minus = positive * power});
  };
  Tensor negatives = sum_of(1 + options.beta);
  if (options.beta > 0) negatives = negatives - sum_of(options.beta) + std::log(count);
  return mean(softplus(detail::debias(negatives, positive, count, options.tau_plus, options.temperature.value())));
}

}  // namespace nce::losses
