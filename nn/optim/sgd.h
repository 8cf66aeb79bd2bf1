#pragma once
#include "nce/core/options.h"
#include "nce/nn/optim/optimizer.h"

namespace nce::nn {

/// Defaults are PyTorch's, except `lr`.
struct SgdOptions {
  double lr = 0.1;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  /// False: no weight decay for tensors of one dimension (biases, weights of normalisation layers). Scalars (a learned
  /// temperature) never have weight decay: 0 has no special meaning for them.
  bool decay_norms_and_biases = true;
  void fields(Options& o) {
    o.number("lr", lr, "learning rate", {.above = 0});
    o.number("momentum", momentum, "share of the last step that is kept", {.least = 0, .below = 1});
    o.flag("nesterov", nesterov, "look ahead by the momentum");
    o.needs("nesterov", momentum > 0, "momentum above 0");
    o.number("weight_decay", weight_decay, "weight decay", {.least = 0});
    o.flag("decay_norms_and_biases", decay_norms_and_biases, "decay tensors of one dimension too");
  }
};

/// PyTorch's SGD with dampening 0. At the first step buf = g.
///
///     g = grad + weight_decay w
///     buf = momentum buf + g
///     w -= lr buf                 nesterov: lr (g + momentum buf)
class SGD : public Optimizer {
 public:
  explicit SGD(NamedTensors parameters, const SgdOptions& options = {});

 private:
  void update(std::vector<Job>& jobs) override;
  SgdOptions options_;
};

}  // namespace nce::nn
