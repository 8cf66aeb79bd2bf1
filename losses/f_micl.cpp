#include "nce/losses/f_micl.h"

#include <cmath>

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor f_micl(const Tensor& z1, const Tensor& z2, const FMiclOptions& options) {
  check_views("f_micl", z1, z2, 2);
  check_options("f_micl", options);
  const double n = double(z1.size(0)), shift = std::log(options.mu) - 1 / options.temperature.value();
  const Divergence divergence = divergences(options.order).find(options.divergence);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = divergence.positive(paired(a, b) + shift);
  const PairFunction of_pair = divergence.negative(shift);
  const auto own = [&] { return sum_pairs(a, of_pair); };
  const auto other = [&] { return sum_pairs(a, b, of_pair, Exclude::self); };
  const Tensor negative = options.negatives == NegativesFrom::own_view     ? own()
                          : options.negatives == NegativesFrom::other_view ? other()
                                                                           : (own() + other()) * 0.5;
  return negative * (options.alpha / (n * (n - 1))) - mean(positive);
}

}  // namespace nce::losses
