#include "nce/losses/is_info_nce.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3, const IsInfoNceOptions& options) {
  check_views("is_info_nce", z1, z2, options.temperature);
  check_views("is_info_nce", z1, z3, options.temperature);
  const Tensor a = unit_rows(z1, options.temperature, options.logit_scale);
  const Tensor b = unit_rows(z2, options.temperature, options.logit_scale);
  const Tensor negatives = unit_rows(z3, options.temperature, options.logit_scale);
  return mean(softplus(logsumexp_pairs(a, negatives, {.exclude = Exclude::self, .over = paired(a, b)})));
}

Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const IsInfoNceOptions& options) {
  check_views("is_info_nce", z1, z2, options.temperature);
  const Tensor a = unit_rows(z1, options.temperature, options.logit_scale);
  const Tensor b = unit_rows(z2, options.temperature, options.logit_scale);
  return mean(softplus(logsumexp_pairs(a, {.exclude = Exclude::self, .over = paired(a, b)})));
}

}  // namespace nce::losses
