#pragma once
#include <memory>
#include <vector>

#include "nce/core/ops.h"
#include "nce/nn/module_list.h"

namespace nce::nn {

struct LinearOptions {
  bool bias = true;
};

/// (..., in) -> (..., out): x W^T + b. weight (out, in) and bias (out) start uniform in +-1/sqrt(in), as in PyTorch.
class Linear : public Layer {
 public:
  Linear(int64_t in, int64_t out, Generator& generator, const LinearOptions& options = {});
  Tensor forward(const Tensor& x) override { return linear(x, weight, bias); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
};

/// How a convolution's weight starts.
/// - `uniform`: +-1/sqrt(fan in), PyTorch's default for the layer.
/// - `kaiming_normal`: N(0, 2 / fan out) with fan out = out KH KW, as in torchvision's ResNet.
enum class ConvInit { uniform, kaiming_normal };

/// Sizes in pixels, names and defaults as in PyTorch (kernel has none there).
struct Conv2dLayerOptions {
  Size2 kernel = 3, stride = 1, padding = 0, dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  ConvInit init = ConvInit::uniform;
};

/// (N, H, W, in) -> (N, H', W', out). weight is (out, KH, KW, in / groups) and starts as `init` says. bias (out)
/// starts uniform in +-1/sqrt(fan in), fan in = KH KW in / groups.
class Conv2d : public Layer {
 public:
  Conv2d(int64_t in, int64_t out, Generator& generator, const Conv2dLayerOptions& options = {});
  Tensor forward(const Tensor& x) override { return conv2d(x, weight, bias, options); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  Conv2dOptions options;
};

struct BatchNormLayerOptions {
  double eps = 1e-5, momentum = 0.1;
  bool affine = true;  ///< False: without weight and bias.
};

/// (..., C) -> (..., C): batch normalisation over all dimensions but the last. PyTorch's BatchNorm1d for (N, C) and
/// BatchNorm2d for (N, H, W, C).
class BatchNorm : public Layer {
 public:
  explicit BatchNorm(int64_t channels, const BatchNormLayerOptions& options = {});
  Tensor forward(const Tensor& x) override;
  /// This layer and what follows it, in one pass: ReLU; + `added`, then ReLU; ReLU, then 2x2 max pooling.
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

struct LayerNormOptions {
  double eps = 1e-5;
};

/// (..., C) -> (..., C), each row normalised over C.
class LayerNorm : public Layer {
 public:
  explicit LayerNorm(int64_t channels, const LayerNormOptions& options = {});
  Tensor forward(const Tensor& x) override { return layer_norm(x, weight, bias, eps); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  double eps;
};

/// Does nothing in evaluation mode. Draws its keys from `generator`, which must outlive it.
class Dropout : public Layer {
 public:
  Dropout(double p, Generator& generator) : p_(p), generator_(generator) {}
  Tensor forward(const Tensor& x) override { return training() ? dropout(x, p_, generator_.next()) : x; }
  void fields(Fields&) override {}

 private:
  double p_;
  Generator& generator_;
};

/// A function without parameters as a layer: `Function(relu)`.
class Function : public Layer {
 public:
  explicit Function(std::function<Tensor(const Tensor&)> function) : function_(std::move(function)) {}
  Tensor forward(const Tensor& x) override { return function_(x); }
  void fields(Fields&) override {}

 private:
  std::function<Tensor(const Tensor&)> function_;
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
/// (N, ...) -> (N, the product of the others). An image has the order H, W, C.
struct Flatten : Function {
  Flatten();
};
struct Identity : Function {
  Identity() : Function([](const Tensor& x) { return x; }) {}
};

/// (N, H, W, C) -> (N, H', W', C). Default: 2x2 windows side by side.
struct MaxPool2d : Function {
  explicit MaxPool2d(const Pool2dOptions& options = {})
      : Function([options](const Tensor& x) { return max_pool2d(x, options); }) {}
};
struct AvgPool2d : Function {
  explicit AvgPool2d(const Pool2dOptions& options = {})
      : Function([options](const Tensor& x) { return avg_pool2d(x, options); }) {}
};

/// Layers one after another. As in PyTorch, their names are "0", "1", ... or those that are given:
///
///     Sequential net{Conv2d(1, 32, generator, {.kernel = 3, .padding = 1}), ReLU(), Flatten()};
///     Sequential named{{"conv", Conv2d(1, 32, generator)}, {"relu", ReLU()}};
///     net.add(Linear(32 * 28 * 28, 10, generator)).add<ReLU>();
///
/// Braces, because those of a list are read in order: weights are drawn from left to right.
class Sequential : public Layer {
 public:
  using Entry = ModuleList<Layer>::Entry;
  Sequential() = default;
  Sequential(std::initializer_list<Entry> layers) : layers_(layers) {}

  /// Makes an L in place, of these arguments.
  template <class L, class... Args>
  Sequential& add(Args&&... args) {
    return add(std::make_unique<L>(std::forward<Args>(args)...));
  }
  template <std::derived_from<Layer> L>
  Sequential& add(L layer) {
    return add(std::make_unique<L>(std::move(layer)));
  }
  template <std::derived_from<Layer> L>
  Sequential& add(const std::string& name, L layer) {
    layers_.add(name, std::move(layer));
    return *this;
  }
  Sequential& add(std::unique_ptr<Layer> layer) {
    layers_.append("", std::move(layer));
    return *this;
  }
  size_t size() const { return layers_.size(); }
  Layer& operator[](size_t i) { return layers_[i]; }
  Layer& operator[](const std::string& name) { return layers_[name]; }
  Tensor forward(const Tensor& x) override;
  void fields(Fields& f) override { layers_.fields(f); }

 private:
  ModuleList<Layer> layers_;
};

}  // namespace nce::nn
