#pragma once
#include <cstdint>

namespace nce::kernels {

/// A 3x3 convolution with stride 1: images (n, h, w, c) with `top` and `left` rows and columns of padding -> (n,
/// oh, ow, o).
struct Convolution3x3 {
  int64_t n, h, w, c, o, oh, ow, top, left;
};

/// Whether Winograd's F(2x2, 3x3) pays: it needs 16 multiplications where 4 outputs take 36, but whole 2x2 tiles,
/// and transforms that only many channels make up for. In f32 its rounding error is no larger than that of the
/// plain sum (rms beside f64, 32 to 512 channels: 1.8e-7 to 6.0e-7, where that has 2.2e-7 to 8.7e-7).
bool winograd_pays(const Convolution3x3& s);

/// Where a weight stands: that of tap t from input channel k to output channel j at j * o + k * c + t * tap;
/// `flipped` takes the nine taps backwards.
struct WeightSteps {
  int64_t o, c, tap;
  bool flipped;
};
/// out = x * weight + bias (may be null).
template <class T>
void winograd_conv(const Convolution3x3& s, const T* x, const T* weight, const WeightSteps& steps, const T* bias,
                   T* out);

/// dw (o, 3, 3, c) = the derivative by the weight, for the derivative `grad` (n, oh, ow, o).
template <class T>
void winograd_weight_gradient(const Convolution3x3& s, const T* x, const T* grad, T* dw);

}  // namespace nce::kernels
