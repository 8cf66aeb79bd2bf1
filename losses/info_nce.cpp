#include "nce/losses/info_nce.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options) {
  check_views("info_nce", z1, z2, options.temperature);
  const Tensor a = unit_rows(z1, options.temperature, options.logit_scale);
  const Tensor b = unit_rows(z2, options.temperature, options.logit_scale);
  return mean(
      softplus(logsumexp_pairs(a, b, {.exclude = Exclude::self, .over = paired(a, b), .both = options.symmetric})));
}

}  // namespace nce::losses
