#include "nce/losses/nt_xent.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options) {
  check_views("nt_xent", z1, z2);
  check_options("nt_xent", options);
  const int64_t n = z1.size(0);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const Tensor positive = paired(slice(z, 0, 0, n), slice(z, 0, n, 2 * n));
  return mean(softplus(
      logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = concatenate({positive, positive})})));
}

}  // namespace nce::losses
