#pragma once
#include "nce/core/options.h"
#include "nce/nn/optim/optimizer.h"

namespace nce::nn {

/// The options of Adam, or with `decoupled` of AdamW. Defaults are PyTorch's.
template <bool decoupled>
struct AdamOptionsOf {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = decoupled ? 1e-2 : 0;
  bool decay_norms_and_biases = true;  ///< As in `SgdOptions`.
  void fields(Options& o) {
    o.number("lr", lr, "learning rate", {.above = 0});
    o.number("beta1", beta1, "decay of the mean of gradients", {.least = 0, .below = 1});
    o.number("beta2", beta2, "decay of the mean of squared gradients", {.least = 0, .below = 1});
    o.number("eps", eps, "added to the root of the mean square", {.least = 0});
    o.number("weight_decay", weight_decay, "weight decay", {.least = 0});
    o.flag("decay_norms_and_biases", decay_norms_and_biases, "decay tensors of one dimension too");
  }
};
using AdamOptions = AdamOptionsOf<false>;
using AdamWOptions = AdamOptionsOf<true>;

/// Adam (Kingma and Ba, 2015); t counts the calls of `step` from 1.
///
///     g = grad + weight_decay w
///     m = beta1 m + (1 - beta1) g          m' = m / (1 - beta1^t)
///     v = beta2 v + (1 - beta2) g^2        v' = v / (1 - beta2^t)
///     w -= lr m' / (sqrt(v') + eps)
///
/// AdamW (Loshchilov and Hutter, 2019) decouples the weight decay. There g = grad, and each step first multiplies w by
/// 1 - lr weight_decay.
template <bool decoupled>
class AdamOf : public Optimizer {
 public:
  explicit AdamOf(NamedTensors parameters, const AdamOptionsOf<decoupled>& options = {});

 protected:
  AdamOf(const char* name, NamedTensors parameters, const AdamOptionsOf<decoupled>& options);
  const AdamOptionsOf<decoupled>& options() const { return options_; }
  void update(std::vector<Job>& jobs) override;

 private:
  AdamOptionsOf<decoupled> options_;
};
using Adam = AdamOf<false>;
using AdamW = AdamOf<true>;
extern template class AdamOf<false>;
extern template class AdamOf<true>;

}  // namespace nce::nn
