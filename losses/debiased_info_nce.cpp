#include "nce/losses/debiased_info_nce.h"

#include "nce/losses/debias.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor debiased_info_nce(const Tensor& z1, const Tensor& z2, const DebiasedInfoNceOptions& options) {
  check_views("debiased_info_nce", z1, z2, 2);
  check_options("debiased_info_nce", options);
  const int64_t n = z1.size(0);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const Tensor pair = paired(slice(z, 0, 0, n), slice(z, 0, n, 2 * n)), positive = concatenate({pair, pair});
  const Tensor negatives = logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = positive});
  return mean(
      softplus(debias(negatives, positive, double(2 * n - 2), options.tau_plus, options.temperature.value())));
}

}  // namespace nce::losses
