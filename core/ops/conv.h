#pragma once
#include <cstdint>

#include "nce/core/ops.h"

// The parts of conv2d. All images are dense: x (n, h, w, c), weight (o, kh, kw, c / groups), output and its gradient
// (n, oh, ow, o). T is float or double. Each needs 2 n oh ow o kh kw c / groups operations, and arithmetic limits its
// speed; kernels/products.h says how near it is to that limit.
namespace nce::detail {

struct Convolution {
  int64_t n, h, w, c, o, kh, kw, oh, ow;
  Conv2dOptions options;
  int64_t group_in() const { return c / options.groups; }
  int64_t group_out() const { return o / options.groups; }
  int64_t patch() const { return kh * kw * group_in(); }  ///< Elements that one output pixel depends on.
  int64_t pixels() const { return oh * ow; }
};

/// out = x * weight + bias, which may be null (conv_patches.cpp).
template <class T>
void conv_forward(const Convolution& g, const T* x, const T* weight, const T* bias, T* out);

/// The derivative by x (conv_patches.cpp).
template <class T>
void conv_by_x(const Convolution& g, const T* grad, const T* weight, T* dx);

/// The derivative by the weight (conv_weight.cpp).
template <class T>
void conv_by_weight(const Convolution& g, const T* grad, const T* x, T* dw);

}  // namespace nce::detail
