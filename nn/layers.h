#pragma once
#include <memory>
#include <vector>

#include "nce/core/ops.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// x W^T + b: (..., in) -> (..., out). weight (out, in) and bias (out) start uniform in +-1/sqrt(in), as in
/// PyTorch.
class Linear : public Module {
 public:
  Linear(int64_t in, int64_t out, Generator& generator, bool with_bias = true);
  Tensor forward(const Tensor& x) override { return linear(x, weight, bias); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
};

struct Conv2dLayerOptions {
  Size2 kernel = 3;
  Conv2dOptions with = {};
  bool bias = true;
};

/// (N, H, W, in) -> (N, H', W', out). weight (out, KH, KW, in / groups) and bias start uniform in +-1/sqrt(fan in).
class Conv2d : public Module {
 public:
  Conv2d(int64_t in, int64_t out, Generator& generator, const Conv2dLayerOptions& options = {});
  Tensor forward(const Tensor& x) override { return conv2d(x, weight, bias, with); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  Conv2dOptions with;
};

/// Batch normalisation over all dimensions but the last: PyTorch's BatchNorm1d for (N, C) and BatchNorm2d for NHWC.
class BatchNorm : public Module {
 public:
  explicit BatchNorm(int64_t channels, double momentum = 0.1, double eps = 1e-5);
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override;
  Tensor weight, bias, running_mean, running_var;
  double momentum, eps;
};

class LayerNorm : public Module {
 public:
  explicit LayerNorm(int64_t channels, double eps = 1e-5);
  Tensor forward(const Tensor& x) override { return layer_norm(x, weight, bias, eps); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  double eps;
};

/// Active in training only. Draws its keys from `generator`, which must outlive it.
class Dropout : public Module {
 public:
  Dropout(double p, Generator& generator) : p_(p), generator_(generator) {}
  Tensor forward(const Tensor& x) override { return training() ? dropout(x, p_, generator_.next()) : x; }
  void fields(Fields&) override {}

 private:
  double p_;
  Generator& generator_;
};

/// A function without parameters as a module: `Function(relu)`.
class Function : public Module {
 public:
  explicit Function(Tensor (*function)(const Tensor&)) : function_(function) {}
  Tensor forward(const Tensor& x) override { return function_(x); }
  void fields(Fields&) override {}

 private:
  Tensor (*function_)(const Tensor&);
};

/// Modules one after another, named "0", "1", ... as in PyTorch.
class Sequential : public Module {
 public:
  template <class M, class... Args>
  Sequential& add(Args&&... args) {
    children_.push_back(std::make_unique<M>(std::forward<Args>(args)...));
    return *this;
  }
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override;

 private:
  std::vector<std::unique_ptr<Module>> children_;
};

}  // namespace nce::nn
