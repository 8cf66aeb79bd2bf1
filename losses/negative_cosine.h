#pragma once
#include <functional>

#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `negative_cosine` | p, the predictions | - (no negatives) | - | yes, as `sim_siam` | -1 |
// SimSiam: Chen and He 2021; BYOL: Grill et al. 2020 |
namespace nce::losses {

struct NegativeCosineOptions {
  bool stop_gradient = true;  ///< The target gets no gradient. Without this, or a predictor, embeddings collapse.
  void fields(Options& o) { o.flag("stop_gradient", stop_gradient, "the target gets no gradient"); }
  bool stops_gradient() const { return stop_gradient; }
};

/// The negative cosine of predictions p and targets z. p, z: (N, d), row i of p matches row i of z.
///
///     L = -1/N sum_i cos(p_i, z_i)
///     N dL/dp_i = (cos(p_i, z_i) p_i / |p_i| - z_i / |z_i|) / |p_i|
///
/// It is the loss of SimSiam (Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021, eq. 1 and
/// 3) and, as 2 + 2 L, of BYOL (Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020, eq. 2). Both symmetrise it,
/// see `sim_siam`. In BYOL the targets come from an average of the network's past (nn/optim/ema.h).
///
/// - no negatives: collapsed embeddings reach the least value, -1, too. The predictor and the stopped gradient keep
///   training from ending there
inline Tensor negative_cosine(const Tensor& p, const Tensor& z, const NegativeCosineOptions& options = {}) {
  check_loss("negative_cosine", p, z, options);
  return -mean(paired(normalize(p), normalize(options.stop_gradient ? z.detach() : z)));
}

/// Predicts one view's embeddings (N, d) from the other's. Unset: the embeddings themselves.
using Predictor = std::function<Tensor(const Tensor&)>;

/// The loss of SimSiam for two views (N, d) and a predictor h: (L(h(z1), z2) + L(h(z2), z1)) / 2, L as above.
inline Tensor sim_siam(const Tensor& z1, const Tensor& z2, const Predictor& predictor,
                       const NegativeCosineOptions& options = {}) {
  check_views("negative_cosine", z1, z2);
  const auto predicted = [&](const Tensor& z) { return predictor ? predictor(z) : z; };
  return (negative_cosine(predicted(z1), z2, options) + negative_cosine(predicted(z2), z1, options)) * 0.5;
}

}  // namespace nce::losses
