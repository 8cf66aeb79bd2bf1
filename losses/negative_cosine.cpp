#include "nce/losses/negative_cosine.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor negative_cosine(const Tensor& p, const Tensor& z, const NegativeCosineOptions& options) {
  check_views("negative_cosine", p, z, 1);
  const Tensor target = options.stop_gradient ? z.detach() : z;
  return -mean(paired(normalize(p), normalize(target)));
}

}  // namespace nce::losses
