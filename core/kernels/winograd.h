#pragma once
#include <cstdint>

namespace nce::kernels {

/// A 3x3 convolution with stride 1: images (n, h, w, c) with `top` and `left` rows and columns of padding -> (n,
/// oh, ow, o).
struct Convolution3x3 {
  int64_t n, h, w, c, o, oh, ow, top, left;
};

/// Whether Winograd's F(4x4, 3x3) pays: it needs 36 multiplications where 16 outputs take 144, but whole 4x4 tiles,
/// and transforms that only many channels make up for. Its floor: a quarter of the operations of the plain sum, and
/// each activation read twice and written once. In f32 its rounding error is within three times that of the plain sum
/// (rms beside f64, relative, forward and by x: 6e-7 of 32 channels, 1.1e-6 of 128, 2.4e-6 of 512; by weight 6e-7 to
/// 1.1e-6), which a test holds it to.
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
