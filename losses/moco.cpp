#include "nce/losses/moco.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor moco(const Tensor& queries, const Tensor& keys, const MemoryQueue& queue, const MocoOptions& options) {
  check_views("moco", queries, keys, options.temperature);
  const auto rows = [&](const Tensor& z) { return unit_rows(z, options.temperature, options.logit_scale); };
  const Tensor q = rows(queries);
  return mean(softplus(logsumexp_pairs(q, rows(queue.rows()), {.over = paired(q, rows(keys.detach()))})));
}

}  // namespace nce::losses
