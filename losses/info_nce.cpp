#include "nce/losses/info_nce.h"

#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options) {
  check_views("info_nce", z1, z2, options.temperature);
  const Tensor s = cosine_similarity(z1, z2, options.temperature);
  const Tensor positive = diagonal(s), self = diagonal_mask(z1.size(0), s.dtype());
  const Tensor forward = mean(softplus(negatives_over_positive(s, positive, self)));
  if (!options.symmetric) return forward;
  return (forward + mean(softplus(negatives_over_positive(t(s), positive, self)))) * 0.5;
}

}  // namespace nce::losses
