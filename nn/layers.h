#pragma once
#include <functional>

#include "nce/core/ops.h"
#include "nce/nn/module.h"
#include "nce/nn/sequential.h"

namespace nce::nn {

/// How a linear layer's weight starts.
/// - `uniform`: +-1/sqrt(in), PyTorch's default for the layer.
/// - `xavier_uniform`: +-sqrt(6 / (in + out)). Glorot and Bengio, AISTATS 2010.
enum class LinearInit { uniform, xavier_uniform };

struct LinearOptions {
  bool bias = true;
  LinearInit init = LinearInit::uniform;
};

/// (..., in) -> (..., out): x W^T + b. weight (out, in) starts as `init` says, bias (out) uniform in +-1/sqrt(in).
class Linear : public Layer {
 public:
  Linear(int64_t in, int64_t out, Generator& generator, const LinearOptions& options = {});
  Tensor forward(const Tensor& x) override { return linear(x, weight, bias); }
  /// This layer and ReLU, in one pass.
  Tensor relu(const Tensor& x);
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
};

/// How a convolution's weight starts.
/// - `uniform`: +-1/sqrt(fan in), PyTorch's default for the layer.
/// - `kaiming_normal`: N(0, 2 / fan out) with fan out = out KH KW, as in torchvision's ResNet.
enum class ConvInit { uniform, kaiming_normal };

/// Sizes in pixels, names and defaults as in PyTorch (where kernel has no default).
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

/// Sizes along L, names and defaults as in PyTorch.
struct Conv1dLayerOptions {
  int64_t kernel = 3, stride = 1, padding = 0, dilation = 1, groups = 1;
  bool bias = true;
};

/// (N, L, in) -> (N, L', out). weight is (out, in / groups, K): the layer keeps PyTorch's layout. Starts as Conv2d does.
class Conv1d : public Layer {
 public:
  Conv1d(int64_t in, int64_t out, Generator& generator, const Conv1dLayerOptions& options = {});
  Tensor forward(const Tensor& x) override { return conv1d(x, transpose(weight, 1, 2), bias, options); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  Conv1dOptions options;
};

/// Sizes in pixels, names and defaults as in PyTorch (where kernel has no default).
struct ConvTranspose2dLayerOptions {
  Size2 kernel = 2, stride = 1, padding = 0, output_padding = 0, dilation = 1;
  int64_t groups = 1;
  bool bias = true;
};

/// (N, H, W, in) -> (N, H', W', out): with a stride, images get larger (`conv_transpose2d`). weight is
/// (in, KH, KW, out / groups). Both start uniform in +-1/sqrt(KH KW out / groups), as in PyTorch.
class ConvTranspose2d : public Layer {
 public:
  ConvTranspose2d(int64_t in, int64_t out, Generator& generator, const ConvTranspose2dLayerOptions& options = {});
  Tensor forward(const Tensor& x) override { return conv_transpose2d(x, weight, bias, options); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  Tensor weight, bias;
  ConvTranspose2dOptions options;
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
  /// This layer in one pass with the next: ReLU; + `added` and ReLU; ReLU and 2x2 max pooling.
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

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< False: without weight and bias.
};

/// (N, ..., C) -> (N, ..., C): normalises each of `groups` groups of channels in each sample (`group_norm`).
class GroupNorm : public Layer {
 public:
  GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options = {});
  Tensor forward(const Tensor& x) override { return group_norm(x, groups, weight, bias, eps); }
  void fields(Fields& f) override { f.parameter("weight", weight), f.parameter("bias", bias); }
  int64_t groups;
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
struct SiLU : Function {
  SiLU() : Function(silu) {}
};
struct LeakyReLU : Function {
  explicit LeakyReLU(double negative_slope = 0.01)
      : Function([negative_slope](const Tensor& x) { return leaky_relu(x, negative_slope); }) {}
};
struct ELU : Function {
  explicit ELU(double alpha = 1) : Function([alpha](const Tensor& x) { return elu(x, alpha); }) {}
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

}  // namespace nce::nn
