#include "nce/losses/info_nce.h"

#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options) {
  check_views("info_nce", z1, z2, options.temperature);
  const Tensor s = cosine_similarity(z1, z2, options.temperature);
  const Tensor positive = mean(diagonal(s));
  const Tensor forward = mean(logsumexp(s, 1)) - positive;
  if (!options.symmetric) return forward;
  return (forward + (mean(logsumexp(s, 0)) - positive)) * 0.5;
}

}  // namespace nce::losses
