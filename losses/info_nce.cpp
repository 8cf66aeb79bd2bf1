#include "nce/losses/info_nce.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options) {
  check_views("info_nce", z1, z2);
  check_options("info_nce", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  return mean(softplus(logsumexp_pairs(
      a, b, {.exclude = Exclude::self, .minus = paired(a, b), .both_directions = options.symmetric})));
}

}  // namespace nce::losses
