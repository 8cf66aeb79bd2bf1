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

/// How a convolution's weight starts. `uniform` is PyTorch's default for the layer, +-1/sqrt(fan in);
/// `kaiming_normal` is what torchvision's ResNet takes instead, N(0, 2 / fan out) with fan out = out KH KW.
enum class ConvInit { uniform, kaiming_normal };

struct Conv2dLayerOptions {
  Size2 kernel = 3;
  Conv2dOptions with = {};
  bool bias = true;
  ConvInit init = ConvInit::uniform;
};

/// (N, H, W, in) -> (N, H', W', out). weight is (out, KH, KW, in / groups) and starts as `init` says, bias (out)
/// uniform in +-1/sqrt(fan in), fan in = KH KW in / groups.
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
  /// This layer and what follows it in one pass: ReLU; the addition of `added`, then ReLU; ReLU, then 2x2 max
  /// pooling.
  Tensor relu(const Tensor& x);
  Tensor add_relu(const Tensor& x, const Tensor& added);
  Tensor relu_max_pool2d(const Tensor& x);
  void fields(Fields& f) override;
  Tensor weight, bias, running_mean, running_var;
  double momentum, eps;

 private:
  BatchNormOptions options() const { return {.training = training(), .momentum = momentum, .eps = eps}; }
};
using BatchNorm1d = BatchNorm;
using BatchNorm2d = BatchNorm;

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

struct ReLU : Function {
  ReLU() : Function(relu) {}
};
struct GELU : Function {
  GELU() : Function(gelu) {}
};
struct Sigmoid : Function {
  Sigmoid() : Function(sigmoid) {}
};
struct Tanh : Function {
  Tanh() : Function(tanh) {}
};
/// (N, H, W, C) -> (N, C).
struct GlobalAvgPool2d : Function {
  GlobalAvgPool2d() : Function(global_avg_pool2d) {}
};
/// (N, ...) -> (N, the product of the others); an image in the order H, W, C.
struct Flatten : Function {
  Flatten() : Function([](const Tensor& x) { return reshape(x, {x.size(0), -1}); }) {}
};
struct Identity : Function {
  Identity() : Function([](const Tensor& x) { return x; }) {}
};

/// (N, H, W, C) -> (N, H', W', C), by default 2x2 windows side by side.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(const Pool2dOptions& options = {}) : options_(options) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, options_); }
  void fields(Fields&) override {}

 private:
  Pool2dOptions options_;
};

class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(const Pool2dOptions& options = {}) : options_(options) {}
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, options_); }
  void fields(Fields&) override {}

 private:
  Pool2dOptions options_;
};

/// Modules one after another, named "0", "1", ... as in PyTorch.
class Sequential : public Module {
 public:
  template <class M, class... Args>
  Sequential& add(Args&&... args) {
    children_.push_back(std::make_unique<M>(std::forward<Args>(args)...));
    return *this;
  }
  Sequential& add(std::unique_ptr<Module> child) {
    children_.push_back(std::move(child));
    return *this;
  }
  size_t size() const { return children_.size(); }
  Module& operator[](size_t i) { return *children_.at(i); }
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override;

 private:
  std::vector<std::unique_ptr<Module>> children_;
};

}  // namespace nce::nn
