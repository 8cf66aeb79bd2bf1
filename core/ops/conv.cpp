// conv2d, conv1d and conv_transpose2d. They check their operands and choose the method: Winograd's algorithm
// (kernels/winograd.h) for 3x3 kernels with stride 1 and many channels, patches (conv_patches.cpp, conv_weight.cpp) for
// all others.
#include "nce/core/ops/conv.h"

#include <algorithm>

#include "nce/core/error.h"
#include "nce/core/kernels/winograd.h"
#include "nce/core/ops/compute.h"

namespace nce {
namespace {

using detail::Convolution;

void check_sizes(const char* op, const Shape& x, const Shape& weight, const Conv2dOptions& options) {
  check(std::min({x[1], x[2], weight[1], weight[2]}) >= 1,
        "{}: an image or a kernel without pixels: x {}, weight {}", op, x, weight);
  check(options.stride.h >= 1 && options.stride.w >= 1 && options.dilation.h >= 1 && options.dilation.w >= 1 &&
            options.padding.h >= 0 && options.padding.w >= 0,
        "{}: stride and dilation must be at least 1, padding at least 0", op);
  check(std::max({options.stride.h, options.stride.w, options.dilation.h, options.dilation.w, options.padding.h,
                  options.padding.w, weight[1], weight[2]}) < int64_t{1} << 31,
        "{}: stride, dilation, padding and kernel must be below 2^31", op);
}

void check_operands(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, int64_t out) {
  for (const Tensor* p : {&weight, &bias})
    check(!p->defined() || p->dtype() == x.dtype(), "{}: dtypes differ: {} and {}", op, to_string(x.dtype()),
          to_string(p->defined() ? p->dtype() : x.dtype()));
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == out), "{}: bias must have shape ({},), got {}", op,
        out, bias.defined() ? bias.shape() : Shape{});
}

// `op` and the shapes that its caller gave are for error texts.
Convolution convolution_of(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                           const Conv2dOptions& options, const Shape& x_shape, const Shape& weight_shape) {
  check(x.dim() == 4, "{}: x must be (N, H, W, C), got {}", op, x.shape());
  check(weight.dim() == 4, "{}: weight must be (O, KH, KW, C / groups), got {}", op, weight.shape());
  check_operands(op, x, weight, bias, weight.size(0));
  check(options.groups >= 1 && x.size(3) % options.groups == 0 && weight.size(0) % options.groups == 0,
        "{}: {} groups do not divide the channels of x {} and weight {}", op, options.groups, x_shape,
        weight_shape);
  check(weight.size(3) * options.groups == x.size(3), "{}: weight {} takes {} channels, x {} has {}", op,
        weight_shape, weight.size(3) * options.groups, x_shape, x.size(3));
  check_sizes(op, x.shape(), weight.shape(), options);
  element_count({x.size(1) + 2 * options.padding.h, x.size(2) + 2 * options.padding.w, x.size(3)});  // or an error
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
  check(room_h >= 0 && room_w >= 0, "{}: the kernel of weight {} is larger than the padded {} {}", op, weight_shape,
        x_shape.size() == 4 ? "image" : "x", x_shape);
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

// The derivative by x, as a convolution of the output's gradient: input and output channels are exchanged.
kernels::Convolution3x3 backward_3x3(const Convolution& g) {
  return {g.n, g.oh, g.ow, g.o, g.c, g.h, g.w, 2 - g.options.padding.h, 2 - g.options.padding.w};
}

// The three products of a convolution, and the method of each. Sums over nothing are 0.
template <class T>
void forward(const Convolution& g, const T* x, const T* weight, const T* bias, T* out) {
  if (g.n == 0 || g.o == 0) return;
  if (g.c == 0)
    for (int64_t i = 0; i < g.n * g.pixels() * g.o; ++i) out[i] = bias ? bias[i % g.o] : T(0);
  else if (is_plain_3x3(g) && winograd_pays(forward_3x3(g)))
    kernels::winograd_conv(forward_3x3(g), x, weight, {9 * g.c, 1, g.c, false}, bias, out);
  else
    conv_forward(g, x, weight, bias, out);
}
template <class T>
void by_x(const Convolution& g, const T* grad, const T* weight, T* dx) {
  if (g.n == 0 || g.o == 0 || g.c == 0)
    std::fill_n(dx, g.n * g.h * g.w * g.c, T(0));
  else if (is_plain_3x3(g) && winograd_pays(backward_3x3(g)))
    kernels::winograd_conv<T>(backward_3x3(g), grad, weight, {1, 9 * g.c, g.c, true}, nullptr, dx);
  else
    conv_by_x(g, grad, weight, dx);
}
template <class T>
void by_weight(const Convolution& g, const T* grad, const T* x, T* dw) {
  if (g.n == 0 || g.o == 0 || g.c == 0)
    std::fill_n(dw, g.o * g.patch(), T(0));
  else if (is_plain_3x3(g) && winograd_pays(forward_3x3(g)))
    kernels::winograd_weight_gradient(forward_3x3(g), x, grad, dw);
  else
    conv_by_weight(g, grad, x, dw);
}

// The same for tensors. All are dense.
Tensor forward(const Convolution& g, const Tensor& x, const Tensor& weight, const Tensor& bias = {}) {
  return detail::compute(Tensor::empty({g.n, g.oh, g.ow, g.o}, x.dtype()), {x, weight},
                         [&]<class T>(T* out, const T* from, const T* w) {
                           forward(g, from, w, bias.defined() ? bias.data<T>() : nullptr, out);
                         });
}
Tensor by_x(const Convolution& g, const Tensor& grad, const Tensor& weight) {
  return detail::compute(Tensor::empty({g.n, g.h, g.w, g.c}, grad.dtype()), {grad, weight},
                         [&]<class T>(T* dx, const T* from, const T* w) { by_x(g, from, w, dx); });
}
Tensor by_weight(const Convolution& g, const Tensor& grad, const Tensor& x) {
  return detail::compute(Tensor::empty({g.o, g.kh, g.kw, g.group_in()}, x.dtype()), {grad, x},
                         [&]<class T>(T* dw, const T* slope, const T* from) { by_weight(g, slope, from, dw); });
}

}  // namespace

Tensor conv2d(const Tensor& input, const Tensor& kernel, const Tensor& bias, const Conv2dOptions& options) {
  const Convolution g = convolution_of("conv2d", input, kernel, bias, options, input.shape(), kernel.shape());
  const Tensor x = input.contiguous(), weight = kernel.contiguous();
  const Tensor b = bias.defined() ? bias.contiguous() : bias;
  return record(
      "conv2d", forward(g, x, weight, b), {x, weight, b},
      [g, weight](const Tensor& grad) { return by_x(g, grad, weight); },
      [g, x](const Tensor& grad) { return by_weight(g, grad, x); },
      [](const Tensor& grad) {
        return sum(grad, {0, 1, 2});
      });
}

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& o) {
  check(x.dim() == 3, "conv1d: x must be (N, L, C), got {}", x.shape());
  check(weight.dim() == 3, "conv1d: weight must be (O, K, C / groups), got {}", weight.shape());
  const Conv2dOptions options{
      .stride = {1, o.stride}, .padding = {0, o.padding}, .dilation = {1, o.dilation}, .groups = o.groups};
  const Tensor image = unsqueeze(x, 1), kernel = unsqueeze(weight, 1);                // one pixel high
  convolution_of("conv1d", image, kernel, bias, options, x.shape(), weight.shape());  // or an error
  return squeeze(conv2d(image, kernel, bias, options), 1);
}

// The convolution that it transposes goes from `out` to x.
Tensor conv_transpose2d(const Tensor& input, const Tensor& kernel, const Tensor& bias,
                        const ConvTranspose2dOptions& o) {
  constexpr const char* op = "conv_transpose2d";
  check(input.dim() == 4, "{}: x must be (N, H, W, C), got {}", op, input.shape());
  check(kernel.dim() == 4, "{}: weight must be (C, KH, KW, O / groups), got {}", op, kernel.shape());
  check(o.groups >= 1 && input.size(3) % o.groups == 0, "{}: {} groups do not divide the channels of x {}", op,
        o.groups, input.shape());
  check(kernel.size(0) == input.size(3), "{}: weight {} takes {} channels, x {} has {}", op, kernel.shape(),
        kernel.size(0), input.shape(), input.size(3));
  const Conv2dOptions options{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups};
  check_operands(op, input, kernel, bias, kernel.size(3) * o.groups);
  check_sizes(op, input.shape(), kernel.shape(), options);
  const auto length = [&](int64_t size, int64_t k, int64_t stride, int64_t padding, int64_t dilation,
                          int64_t more) {
    check(more >= 0 && more < std::max(stride, dilation),
          "{}: output_padding must be at least 0 and less than the stride or the dilation, got {}", op, more);
    check(size < (int64_t{1} << 60) / stride, "{}: x {} is too large for a stride of {}", op, input.shape(),
          stride);
    const int64_t out = (size - 1) * stride - 2 * padding + dilation * (k - 1) + more + 1;
    check(out >= 1, "{}: nothing is left of x {} and weight {} inside the padding", op, input.shape(),
          kernel.shape());
    return out;
  };
  const Convolution g{
      .n = input.size(0),
      .h = length(input.size(1), kernel.size(1), o.stride.h, o.padding.h, o.dilation.h, o.output_padding.h),
      .w = length(input.size(2), kernel.size(2), o.stride.w, o.padding.w, o.dilation.w, o.output_padding.w),
      .c = kernel.size(3) * o.groups,
      .o = input.size(3),
      .kh = kernel.size(1),
      .kw = kernel.size(2),
      .oh = input.size(1),
      .ow = input.size(2),
      .options = options};
  element_count({g.h + 2 * o.padding.h, g.w + 2 * o.padding.w, g.c});  // or an error
  const Tensor x = input.contiguous(), weight = kernel.contiguous();
  const Tensor out = record(
      op, by_x(g, x, weight), {x, weight}, [g, weight](const Tensor& grad) { return forward(g, grad, weight); },
      [g, x](const Tensor& grad) { return by_weight(g, x, grad); });
  return bias.defined() ? out + bias : out;
}

}  // namespace nce
