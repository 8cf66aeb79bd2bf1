#include "nce/losses/moco.h"

#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor moco(const Tensor& queries, const Tensor& keys, const MemoryQueue& queue, const MocoOptions& options) {
  check_views("moco", queries, keys);
  check_options("moco", options);
  const auto rows = [&](const Tensor& z) { return logit_rows(z, options.temperature); };
  const Tensor q = rows(queries);
  return mean(softplus(logsumexp_pairs(q, rows(queue.rows()), {.minus = paired(q, rows(keys.detach()))})));
}

}  // namespace nce::losses
