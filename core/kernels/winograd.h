#pragma once
#include <cstdint>

// Winograd's F(4x4, 3x3). A tile of 4 x 4 outputs needs 36 products instead of 144, and transforms before and after them
// (winograd_tiles.h). For 3x3 kernels with stride 1, without dilation or groups. Images are dense (n, h, w, c). T is
// float or double. All threads take part. Arithmetic limits the speed: for whole tiles, a quarter of the operations of
// the plain sum. Measured: from 64 channels on, 2.4 to 2.9 times as fast as the operations of the plain sum could be.
//
// The rounding error in f32, relative to f64 (root mean square), is tested. Forward, and for the derivative by x, it is 2
// to 2.5 times the error of the plain sum: 6e-7 with 32 channels, 1.2e-6 with 128, 2.4e-6 with 512. For the derivative by
// the weight it is 4e-7 to 1.2e-6: less than for the plain sum over many pixels, up to 3.5 times as much over 64 pixels.
namespace nce::kernels {

/// Images (n, h, w, c) -> (n, oh, ow, o), with `top` rows and `left` columns of padding before the image.
struct Convolution3x3 {
  int64_t n, h, w, c, o, oh, ow, top, left;
};

/// Whether it is faster than patches: there must be whole 4x4 tiles, and so many channels that the transforms pay.
bool winograd_pays(const Convolution3x3& s);

/// Tap t of the weight from input channel k to output channel j is at j * o + k * c + t * tap. `flipped` reverses
/// the nine taps.
struct WeightSteps {
  int64_t o, c, tap;
  bool flipped;
};
/// out (n, oh, ow, o) = x * weight + bias, which may be null.
template <class T>
void winograd_conv(const Convolution3x3& s, const T* x, const T* weight, const WeightSteps& steps, const T* bias,
                   T* out);

/// dw (o, 3, 3, c): the derivative by the weight. grad is (n, oh, ow, o).
template <class T>
void winograd_weight_gradient(const Convolution3x3& s, const T* x, const T* grad, T* dw);

}  // namespace nce::kernels
