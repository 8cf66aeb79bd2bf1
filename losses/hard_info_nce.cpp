#include "nce/losses/hard_info_nce.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/losses/debias.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor hard_info_nce(const Tensor& z1, const Tensor& z2, const HardInfoNceOptions& options) {
  check_views("hard_info_nce", z1, z2, 2);
  check_options("hard_info_nce", options);
  const int64_t n = z1.size(0);
  const double count = double(2 * n - 2);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const Tensor pair = paired(slice(z, 0, 0, n), slice(z, 0, n, 2 * n)), positive = concatenate({pair, pair});
  // log sum_k exp(power (s_ik - s_i+)): rows that are longer by the root of the power.
  const auto sum_of = [&](double power) {
    return logsumexp_pairs(z * std::sqrt(power), {.exclude = Exclude::self_and_pair, .minus = positive * power});
  };
  Tensor negatives = sum_of(1 + options.beta);
  if (options.beta > 0) negatives = negatives - sum_of(options.beta) + std::log(count);
  return mean(softplus(debias(negatives, positive, count, options.tau_plus, options.temperature.value())));
}

}  // namespace nce::losses
