#include "nce/losses/negative_cosine.h"

#include "nce/losses/engine/similarity.h"

namespace nce::losses {

Tensor negative_cosine(const Tensor& p, const Tensor& z, const NegativeCosineOptions& options) {
  check_views("negative_cosine", p, z);
  check_options("negative_cosine", options);
  const Tensor target = options.stop_gradient ? z.detach() : z;
  return -mean(paired(normalize(p), normalize(target)));
}

Tensor sim_siam(const Tensor& z1, const Tensor& z2, const Predictor& predictor,
                const NegativeCosineOptions& options) {
  const auto predicted = [&](const Tensor& z) { return predictor ? predictor(z) : z; };
  return (negative_cosine(predicted(z1), z2, options) + negative_cosine(predicted(z2), z1, options)) * 0.5;
}

}  // namespace nce::losses
