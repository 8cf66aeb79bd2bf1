#include "nce/losses/is_info_nce.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3, const IsInfoNceOptions& options) {
  check_views("is_info_nce", z1, z2);
  check_options("is_info_nce", options);
  check_views("is_info_nce", z1, z3);
  check_options("is_info_nce", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  const Tensor negatives = logit_rows(z3, options.temperature);
  return mean(softplus(logsumexp_pairs(a, negatives, {.exclude = Exclude::self, .minus = paired(a, b)})));
}

Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const IsInfoNceOptions& options) {
  check_views("is_info_nce", z1, z2);
  check_options("is_info_nce", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  return mean(softplus(logsumexp_pairs(a, {.exclude = Exclude::self, .minus = paired(a, b)})));
}

}  // namespace nce::losses
