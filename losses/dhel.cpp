#include "nce/losses/dhel.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor dhel(const Tensor& z1, const Tensor& z2, const DhelOptions& options) {
  check_views("dhel", z1, z2, 2);
  check_options("dhel", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  const Tensor loss = mean(logsumexp_pairs(a, {.exclude = Exclude::self, .minus = paired(a, b)}));
  return options.both_views ? loss + mean(logsumexp_pairs(b)) : loss;
}

}  // namespace nce::losses
