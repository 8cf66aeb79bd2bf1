#pragma once
#include <vector>

#include "nce/nn/module.h"

namespace nce::nn {

/// Changes parameters by their gradients. Parameters without a gradient are left alone.
class Optimizer {
 public:
  Optimizer(NamedTensors parameters, double lr);
  virtual ~Optimizer() = default;
  virtual void step() = 0;
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr) { lr_ = lr; }

 protected:
  NamedTensors parameters_;
  double lr_;
};

struct SgdOptions {
  double lr = 0.1;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};

/// g = grad + weight_decay w; buf = momentum buf + g (g at the first step); w -= lr buf (nesterov: lr (g + momentum
/// buf)). PyTorch's SGD with dampening 0.
class SGD : public Optimizer {
 public:
  SGD(NamedTensors parameters, const SgdOptions& options);
  void step() override;

 private:
  SgdOptions options_;
  std::vector<Tensor> momentum_;
};

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
};

/// Adam (Kingma and Ba, 2015); with `decoupled` weight decay, AdamW (Loshchilov and Hutter, 2019).
class Adam : public Optimizer {
 public:
  Adam(NamedTensors parameters, const AdamOptions& options, bool decoupled = false);
  void step() override;

 private:
  AdamOptions options_;
  bool decoupled_;
  int64_t steps_ = 0;
  std::vector<Tensor> first_, second_;
};

struct AdamW : Adam {
  AdamW(NamedTensors parameters, const AdamOptions& options) : Adam(std::move(parameters), options, true) {}
};

}  // namespace nce::nn
