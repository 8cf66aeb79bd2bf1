#pragma once
#include <cmath>

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `debiased_info_nce` | 2N rows | positive and 2N - 2 others, less a share of positives | yes | yes |
// log(2N - 1) | Chuang et al. 2020, eq. 7 and 8 |
namespace nce::losses {

struct DebiasedInfoNceOptions {
  Temperature temperature = 0.5;
  double tau_plus = 0.1;  ///< Probability that a negative is of the anchor's own class; 0 <= tau_plus < 1.
  void fields(Options& o) {
    temperature.fields(o);
    o.number("tau_plus", tau_plus, "share of the negatives that is of the anchor's class",
             {.least = 0, .below = 1});
  }
};

namespace detail {
/// Subtracts the share `tau_plus` of positives from the sum of `count` negatives. Sums are divided by exp(s+) and given
/// as logarithms, which do not overflow at low temperatures. negatives: (N), log(sum / exp(s+)); positive: (N), s+.
///
///     log max( (sum - tau_plus count exp(s+)) / (1 - tau_plus), count exp(-1 / temperature) ) - s+
inline Tensor debias(const Tensor& negatives, const Tensor& positive, double count, double tau_plus,
                     double temperature) {
  if (tau_plus == 0) return negatives;
  const Tensor zero = Tensor::scalar(0, negatives.dtype()), one = Tensor::scalar(1, negatives.dtype());
  const Tensor least = std::log(count) - 1 / temperature - positive;
  // With x = log(sum / (tau_plus count exp(s+))): log(e^x - 1) = x + log(1 - e^-x), for x > 0.
  const Tensor x = negatives - std::log(tau_plus * count), left = gt(x.detach(), zero);
  const Tensor safe = where(left, x, one);  // so that no NaN enters the gradient where nothing is left
  const Tensor estimate = safe + log(1.0 - exp(-safe)) + std::log(tau_plus * count / (1 - tau_plus));
  return where(left, maximum(estimate, least), least);
}
}  // namespace detail

/// Debiased contrastive loss (Chuang et al., "Debiased Contrastive Learning", NeurIPS 2020, eq. 7 and 8): NT-Xent for
/// data in which a share tau_plus of the negatives is of the anchor's own class. It subtracts an estimate of their
/// part. z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/(2N) sum_i log(1 + M g_i / exp(s_ip)),   s = cos / temperature of all 2N rows,   M = 2N - 2
///     g_i = max( (mean_k exp(s_ik) - tau_plus exp(s_ip)) / (1 - tau_plus), exp(-1 / temperature) ),   k negative
///     2N dL/dg_i = M / (exp(s_ip) + M g_i)
///
/// - anchors: all 2N rows; candidates: the positive p and the M rows of other pairs; symmetric in the two views
/// - the positive is in the denominator; tau_plus = 0 is nt_xent
/// - the estimate g_i is never below the least possible mean of exp(s). Where that bound holds, the negatives get no
///   gradient
/// - collapsed embeddings: log(2N - 1)
/// - dense definition: `dense::debiased_info_nce`
inline Tensor debiased_info_nce(const Tensor& z1, const Tensor& z2, const DebiasedInfoNceOptions& options = {}) {
  check_loss("debiased_info_nce", z1, z2, options, 2);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const auto [a, b] = halves(z);
  const Tensor pair = paired(a, b), positive = concatenate({pair, pair});
  const Tensor negatives = logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = positive});
  const double count = double(2 * z1.size(0) - 2);
  return mean(softplus(detail::debias(negatives, positive, count, options.tau_plus, options.temperature.value())));
}

}  // namespace nce::losses
