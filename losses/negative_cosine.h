#pragma once
#include <functional>

#include "nce/core/options.h"
#include "nce/core/tensor.h"

namespace nce::losses {

struct NegativeCosineOptions {
  /// The target gets no gradient. Without this, or without a predictor, embeddings collapse.
  bool stop_gradient = true;
  void fields(Options& o) { o.flag("stop_gradient", stop_gradient, "the target gets no gradient"); }
  bool stops_gradient() const { return stop_gradient; }
};

/// The loss of SimSiam (Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021, eq. 1 and 3)
/// and, as 2 + 2 L, of BYOL (Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020, eq. 2): predictions p and
/// targets z of shape (N, d), row i of one matching row i of the other.
///
///     L = -1/N sum_i cos(p_i, z_i)
///
/// Both methods symmetrise it, see `sim_siam`; in BYOL the targets come from an average of the network's past
/// (`nn/optim/ema.h`).
///
/// - no negatives; the least value, -1, is reached by collapsed embeddings too: what keeps training from them is
///   the predictor and the stopped gradient
Tensor negative_cosine(const Tensor& p, const Tensor& z, const NegativeCosineOptions& options = {});

/// What predicts one view's embeddings (N, d) from the other's; unset: the embeddings themselves.
using Predictor = std::function<Tensor(const Tensor&)>;

/// SimSiam's loss of two views (N, d) and a predictor h, symmetric: (L(h(z1), z2) + L(h(z2), z1)) / 2.
Tensor sim_siam(const Tensor& z1, const Tensor& z2, const Predictor& predictor,
                const NegativeCosineOptions& options = {});

}  // namespace nce::losses
