#include "nce/nn/layers.h"

#include <cmath>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

// Uniform in +-1/sqrt(fan). With fan in, this is PyTorch's default for linear and convolutional layers (kaiming_uniform
// with a = sqrt(5)).
Tensor uniform_parameter(const Shape& shape, double fan, Generator& generator) {
  const double bound = fan > 0 ? 1 / std::sqrt(fan) : 0;
  return parameter(Tensor::uniform(shape, -bound, bound, generator.next()));
}

// He et al., "Delving Deep into Rectifiers" (2015), with fan out, as in torchvision's ResNet.
Tensor kaiming_normal_parameter(const Shape& shape, Generator& generator) {
  const double deviation = std::sqrt(2 / (double(shape[0]) * double(shape[1]) * double(shape[2])));
  return parameter(Tensor::randn(shape, generator.next()) * deviation);
}

Tensor constant_parameter(int64_t channels, double value) { return parameter(Tensor::full({channels}, value)); }

void check_groups(const char* layer, int64_t groups, int64_t in, int64_t out) {
  check(groups >= 1 && in % groups == 0 && out % groups == 0,
        "{}: {} groups do not divide {} input and {} output channels", layer, groups, in, out);
}

}  // namespace

Linear::Linear(int64_t in, int64_t out, Generator& generator, const LinearOptions& options)
    : weight(uniform_parameter(
          {out, in}, options.init == LinearInit::xavier_uniform ? double(in + out) / 6 : double(in), generator)) {
  if (options.bias) bias = uniform_parameter({out}, double(in), generator);
}

Tensor Linear::relu(const Tensor& x) {
  return located([&] { return linear_relu(x, weight, bias); });
}

Conv2d::Conv2d(int64_t in, int64_t out, Generator& generator, const Conv2dLayerOptions& o)
    : options{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups} {
  check_groups("Conv2d", o.groups, in, out);
  const int64_t channels = in / o.groups;
  const double fan_in = double(o.kernel.h) * double(o.kernel.w) * double(channels);
  const Shape shape{out, o.kernel.h, o.kernel.w, channels};
  weight = o.init == ConvInit::kaiming_normal ? kaiming_normal_parameter(shape, generator)
                                              : uniform_parameter(shape, fan_in, generator);
  if (o.bias) bias = uniform_parameter({out}, fan_in, generator);
}

Conv1d::Conv1d(int64_t in, int64_t out, Generator& generator, const Conv1dLayerOptions& o)
    : options{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups} {
  check_groups("Conv1d", o.groups, in, out);
  const double fan_in = double(o.kernel) * double(in / o.groups);
  weight = uniform_parameter({out, in / o.groups, o.kernel}, fan_in, generator);
  if (o.bias) bias = uniform_parameter({out}, fan_in, generator);
}

ConvTranspose2d::ConvTranspose2d(int64_t in, int64_t out, Generator& generator,
                                 const ConvTranspose2dLayerOptions& o)
    : options{.stride = o.stride,
              .padding = o.padding,
              .output_padding = o.output_padding,
              .dilation = o.dilation,
              .groups = o.groups} {
  check_groups("ConvTranspose2d", o.groups, in, out);
  const double fan = double(o.kernel.h) * double(o.kernel.w) * double(out / o.groups);
  weight = uniform_parameter({in, o.kernel.h, o.kernel.w, out / o.groups}, fan, generator);
  if (o.bias) bias = uniform_parameter({out}, fan, generator);
}

BatchNorm::BatchNorm(int64_t channels, const BatchNormLayerOptions& options)
    : weight(options.affine ? constant_parameter(channels, 1) : Tensor()),
      bias(options.affine ? constant_parameter(channels, 0) : Tensor()),
      running_mean(Tensor::zeros({channels})),
      running_var(Tensor::ones({channels})),
      momentum(options.momentum),
      eps(options.eps) {}

Flatten::Flatten()
    : Function([](const Tensor& x) {
        check(x.dim() >= 1, "Flatten: x must be (N, ...), got {}", x.shape());
        Shape one = x.shape();
        one.erase(0);
        return reshape(x, {x.size(0), element_count(one)});
      }) {}

Tensor BatchNorm::forward(const Tensor& x) {
  return batch_norm(x, weight, bias, running_mean, running_var, options());
}
Tensor BatchNorm::relu(const Tensor& x) {
  return located([&] { return batch_norm_relu(x, weight, bias, running_mean, running_var, options()); });
}
Tensor BatchNorm::add_relu(const Tensor& x, const Tensor& added) {
  return located([&] { return batch_norm_add_relu(x, added, weight, bias, running_mean, running_var, options()); });
}
Tensor BatchNorm::relu_max_pool2d(const Tensor& x) {
  return located([&] { return batch_norm_relu_max_pool2d(x, weight, bias, running_mean, running_var, options()); });
}

void BatchNorm::fields(Fields& f) {
  f.parameter("weight", weight), f.parameter("bias", bias);
  f.buffer("running_mean", running_mean), f.buffer("running_var", running_var);
}

LayerNorm::LayerNorm(int64_t channels, const LayerNormOptions& options)
    : weight(constant_parameter(channels, 1)), bias(constant_parameter(channels, 0)), eps(options.eps) {}

GroupNorm::GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options)
    : groups(groups), eps(options.eps) {
  check(groups >= 1 && channels % groups == 0, "GroupNorm: {} groups do not divide {} channels", groups, channels);
  if (options.affine) weight = constant_parameter(channels, 1), bias = constant_parameter(channels, 0);
}

}  // namespace nce::nn
