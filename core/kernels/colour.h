#pragma once
#include <cstdint>

// Colours of images as planes of n floats, in place, one pass each without a branch. Assumes planes that the
// first-level cache holds, of any alignment (best from the start of a cache line); what is behind the last whole
// vector goes pixel by pixel. One thread each.
//
// Floor, for 1024 pixels on 16 lanes: the stores, 3 a vector of pixels and 2 cycles each, 400 cycles; reached to
// within a third. shift_hue has 40 operations a vector, 1300 cycles, and takes 2000.
namespace nce::kernels {

/// Grey is 0.2989 red + 0.587 green + 0.114 blue.
struct Rgb {
  float *red, *green, *blue;
};

/// x = factor x + shift, clamped to 0 .. 1.
void scale_clamped(float* x, int64_t n, float factor, float shift);
/// The sum of n values, and of the grey of n pixels; pieces of it in double.
double sum_of(const float* x, int64_t n);
double grey_sum(const Rgb& image, int64_t n);
/// Each channel = factor x + (1 - factor) grey, clamped to 0 .. 1.
void saturate(const Rgb& image, int64_t n, float factor);
/// Turns the hue by `shift`, -0.5 .. 0.5 of the circle.
void shift_hue(const Rgb& image, int64_t n, float shift);
/// Each channel = grey.
void drop_colour(const Rgb& image, int64_t n);

}  // namespace nce::kernels
