#pragma once
#include "nce/core/options.h"
#include "nce/nn/optim/optimizer.h"

namespace nce::nn {

struct LarsOptions {
  double lr = 0.3;  ///< SimCLR: 0.3 for each 256 images of the batch.
  double momentum = 0.9;
  double weight_decay = 1e-6;
  double trust_coefficient = 1e-3;
  /// True: the momentum adds up steps, each with the learning rate that it had (SimCLR). False: it adds up gradients,
  /// and the present rate multiplies their sum (PyTorch). The two differ as soon as the rate changes.
  bool rate_in_momentum = true;
  void fields(Options& o) {
    o.number("lr", lr, "learning rate", {.above = 0});
    o.number("momentum", momentum, "share of the last step that is kept", {.least = 0, .below = 1});
    o.number("weight_decay", weight_decay, "weight decay", {.least = 0});
    o.number("trust_coefficient", trust_coefficient, "length of a step, as a share of the weight's", {.above = 0});
    o.flag("rate_in_momentum", rate_in_momentum,
           "momentum of lr times gradient, as SimCLR; off: lr times the momentum, as PyTorch's SGD");
  }
};

/// LARS (You, Gitman and Ginsburg, "Large Batch Training of Convolutional Networks", 2017, algorithm 1) as SimCLR
/// published it (google-research/simclr, lars_optimizer.py, classic momentum):
///
///     g = grad + weight_decay w
///     r = trust_coefficient |w| / |g|      1 if a norm is 0
///     buf = momentum buf + lr r g          rate_in_momentum off: momentum buf + r g
///     w -= buf                                                   lr buf
///
/// With `rate_in_momentum` off it is the LARS of MoCo v3, Barlow Twins, VICReg and others, who build on PyTorch's SGD.
/// Tensors of one dimension (biases, weights of normalisation layers) are neither decayed nor scaled: g = grad, r = 1.
class LARS : public Optimizer {
 public:
  explicit LARS(NamedTensors parameters, const LarsOptions& options = {});

 private:
  void update(std::vector<Job>& jobs) override;
  LarsOptions options_;
};

}  // namespace nce::nn
