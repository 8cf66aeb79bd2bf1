// conv2d: checks its operands and chooses the method. Winograd's minimal filtering (kernels/winograd.h) takes 3x3
// kernels with stride 1 and many channels. Patches (conv_patches.cpp, conv_weight.cpp) take all others.
#include "nce/core/ops/conv.h"

#include <algorithm>

#include "nce/core/error.h"
#include "nce/core/kernels/winograd.h"
#include "nce/core/ops/compute.h"

namespace nce {
namespace {

using detail::Convolution;

Convolution convolution_of(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           const Conv2dOptions& options) {
  check(x.dim() == 4, "conv2d: x must be (N, H, W, C), got {}", x.shape());
  check(weight.dim() == 4, "conv2d: weight must be (O, KH, KW, C / groups), got {}", weight.shape());
  for (const Tensor* p : {&weight, &bias})
    check(!p->defined() || p->dtype() == x.dtype(), "conv2d: dtypes differ: {} and {}", to_string(x.dtype()),
          to_string(p->defined() ? p->dtype() : x.dtype()));
  check(options.groups >= 1 && x.size(3) % options.groups == 0 && weight.size(0) % options.groups == 0,
        "conv2d: {} groups do not divide the channels of x {} and weight {}", options.groups, x.shape(),
        weight.shape());
  check(weight.size(3) * options.groups == x.size(3), "conv2d: weight {} takes {} channels, x {} has {}",
        weight.shape(), weight.size(3) * options.groups, x.shape(), x.size(3));
  check(std::min({x.size(1), x.size(2), weight.size(1), weight.size(2)}) >= 1,
        "conv2d: an image or a kernel without pixels: x {}, weight {}", x.shape(), weight.shape());
  check(options.stride.h >= 1 && options.stride.w >= 1 && options.dilation.h >= 1 && options.dilation.w >= 1 &&
            options.padding.h >= 0 && options.padding.w >= 0,
        "conv2d: stride and dilation must be at least 1, padding at least 0");
  check(std::max({options.stride.h, options.stride.w, options.dilation.h, options.dilation.w, options.padding.h,
                  options.padding.w, weight.size(1), weight.size(2)}) < int64_t{1} << 31,
        "conv2d: stride, dilation, padding and kernel must be below 2^31");
  element_count({x.size(1) + 2 * options.padding.h, x.size(2) + 2 * options.padding.w, x.size(3)});  // or an error
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)),
        "conv2d: bias must have shape ({},), got {}", weight.size(0), bias.defined() ? bias.shape() : Shape{});
  Convolution g{.n = x.size(0),
                .h = x.size(1),
                .w = x.size(2),
                .c = x.size(3),
                .o = weight.size(0),
                .kh = weight.size(1),
                .kw = weight.size(2),
                .oh = 0,
                .ow = 0,
                .options = options};
  const int64_t room_h = g.h + 2 * options.padding.h - options.dilation.h * (g.kh - 1) - 1;
  const int64_t room_w = g.w + 2 * options.padding.w - options.dilation.w * (g.kw - 1) - 1;
  check(room_h >= 0 && room_w >= 0, "conv2d: the kernel of weight {} is larger than the padded image {}",
        weight.shape(), x.shape());
  g.oh = room_h / options.stride.h + 1, g.ow = room_w / options.stride.w + 1;
  return g;
}

bool is_plain_3x3(const Convolution& g) {
  const Conv2dOptions& o = g.options;
  return g.kh == 3 && g.kw == 3 && o.groups == 1 && o.stride.h == 1 && o.stride.w == 1 && o.dilation.h == 1 &&
         o.dilation.w == 1;
}

kernels::Convolution3x3 forward_3x3(const Convolution& g) {
  return {g.n, g.h, g.w, g.c, g.o, g.oh, g.ow, g.options.padding.h, g.options.padding.w};
}

// From the output's gradient to that of x: input and output channels change places.
kernels::Convolution3x3 backward_3x3(const Convolution& g) {
  return {g.n, g.oh, g.ow, g.o, g.c, g.h, g.w, 2 - g.options.padding.h, 2 - g.options.padding.w};
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& options) {
  const Convolution g = convolution_of(input, kernel, bias, options);
  const bool plain = is_plain_3x3(g);
  const Tensor x = input.contiguous(), weight = kernel.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  const auto forward = [&]<class T>(T* y, const T* from, const T* w) {
    const T* start = b.defined() ? b.data<T>() : nullptr;
    if (g.n == 0 || g.o == 0) return;
    if (g.c == 0)  // sums over nothing
      for (int64_t i = 0; i < g.n * g.pixels() * g.o; ++i) y[i] = start ? start[i % g.o] : T(0);
    else if (plain && winograd_pays(forward_3x3(g)))
      kernels::winograd_conv(forward_3x3(g), from, w, {9 * g.c, 1, g.c, false}, start, y);
    else
      conv_forward(g, from, w, start, y);
  };
  const auto by_x = [g, plain]<class T>(T* dx, const T* grad, const T* w) {
    if (g.n == 0 || g.o == 0 || g.c == 0)
      std::fill_n(dx, g.n * g.h * g.w * g.c, T(0));
    else if (plain && winograd_pays(backward_3x3(g)))
      kernels::winograd_conv<T>(backward_3x3(g), grad, w, {1, 9 * g.c, g.c, true}, nullptr, dx);
    else
      conv_by_x(g, grad, w, dx);
  };
  const auto by_weight = [g, plain]<class T>(T* dw, const T* grad, const T* from) {
    if (g.n == 0 || g.o == 0 || g.c == 0)
      std::fill_n(dw, g.o * g.patch(), T(0));
    else if (plain && winograd_pays(forward_3x3(g)))
      kernels::winograd_weight_gradient(forward_3x3(g), from, grad, dw);
    else
      conv_by_weight(g, grad, from, dw);
  };
  const auto empty = [dtype = x.dtype()](const Shape& shape) { return Tensor::empty(shape, dtype); };
  return record(
      "conv2d", detail::compute(empty({g.n, g.oh, g.ow, g.o}), {x, weight}, forward), {x, weight, b},
      [empty, by_x, weight, shape = x.shape()](const Tensor& grad) {
        return detail::compute(empty(shape), {grad, weight}, by_x);
      },
      [empty, by_weight, x, shape = weight.shape()](const Tensor& grad) {
        return detail::compute(empty(shape), {grad, x}, by_weight);
      },
      [](const Tensor& grad) {
        return sum(grad, {0, 1, 2});
      });
}

}  // namespace nce
