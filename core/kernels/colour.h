#pragma once
#include <cstdint>

namespace nce::kernels {

/// The planes of an image, n floats each. Grey is 0.2989 red + 0.587 green + 0.114 blue.
struct Rgb {
  float *red, *green, *blue;
};

/// Changes colours of images in place, each in one pass without branches. Planes have any alignment (best: the start of a
/// cache line) and should fit in L1. A loop over single pixels does the rest after the last whole vector. One thread each.
///
/// Stores limit the speed. For 1024 pixels and 16 lanes there are 3 for each vector of pixels, of 2 cycles, 400 cycles
/// in all. The kernels take a third more. shift_hue has 40 operations for each vector, 1300 cycles, and takes 2000.
struct Colour {
  /// x = factor x + shift, clamped to 0 .. 1.
  void (*scale_clamped)(float* x, int64_t n, float factor, float shift);
  /// The sum of n values, added up in double.
  double (*sum)(const float* x, int64_t n);
  /// The sum of the grey values of n pixels.
  double (*grey_sum)(const Rgb& image, int64_t n);
  /// Each channel = factor x + (1 - factor) grey, clamped to 0 .. 1.
  void (*saturate)(const Rgb& image, int64_t n, float factor);
  /// Turns the hue by `shift`, -0.5 .. 0.5 of the circle.
  void (*shift_hue)(const Rgb& image, int64_t n, float shift);
  /// Each channel = grey.
  void (*drop_colour)(const Rgb& image, int64_t n);
};

/// The kernels for this CPU's instructions (core/instructions.h).
const Colour& colour();

}  // namespace nce::kernels
