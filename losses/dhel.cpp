#include "nce/losses/dhel.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor dhel(const Tensor& z1, const Tensor& z2, const DhelOptions& options) {
  check_views("dhel", z1, z2, options.temperature, 2);
  const Tensor a = unit_rows(z1, options.temperature, options.logit_scale);
  const Tensor b = unit_rows(z2, options.temperature, options.logit_scale);
  const Tensor loss = mean(logsumexp_pairs(a, {.exclude = Exclude::self, .over = paired(a, b)}));
  return options.both_views ? loss + mean(logsumexp_pairs(b)) : loss;
}

}  // namespace nce::losses
