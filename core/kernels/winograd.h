#pragma once
#include <cstdint>

// Winograd's F(4x4, 3x3): tiles of 4 x 4 outputs, each from 36 products where the plain sum takes 144, between the
// transforms of winograd_tiles.h. Assumes 3x3 kernels, stride 1, no dilation or groups, dense NHWC images; every
// thread of `parallel_for` takes part. Floor, the arithmetic: a quarter of the plain sum's operations where tiles
// are whole. Beside the plain sum's floor it runs 2.4 to 2.9 times as fast from 64 channels on.
//
// In f32 its rounding error is two to two and a half times that of the plain sum forward and by x (rms beside f64,
// relative: 6e-7 of 32 channels, 1.2e-6 of 128, 2.4e-6 of 512), which a test holds it to. By weight it is 4e-7 to
// 1.2e-6: below that of the plain sum over many pixels, up to three and a half times as large over 64 of them.
namespace nce::kernels {

/// A 3x3 convolution with stride 1: images (n, h, w, c) with `top` and `left` rows and columns of padding -> (n,
/// oh, ow, o).
struct Convolution3x3 {
  int64_t n, h, w, c, o, oh, ow, top, left;
};

/// Whether it pays: it needs whole 4x4 tiles, and transforms that only many channels make up for.
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
