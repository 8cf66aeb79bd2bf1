#pragma once
#include <cstdint>
#include <span>

namespace nce::data {

/// An image as `channels` planes of floats, values in 0 .. 1. A plane is its columns one after the other, `width`
/// of `height` values: resizing then runs along memory. It points at memory of its maker.
///
/// Vector kernels do the work (core/kernels/resize.h and colour.h, with their floors); a blur alone is two plain
/// loops over columns. Planes may have any size and alignment; those of an image should fit the first-level cache.
///
/// The functions below are torchvision's of the same names (transforms.functional, on float tensors), in place,
/// each clamping to 0 .. 1 where torchvision does. With one channel saturation, hue and grey leave the image as it
/// is; grey, for them and for contrast, is 0.2989 red + 0.587 green + 0.114 blue.
struct Planes {
  float* data = nullptr;
  int height = 0, width = 0, channels = 0;
  int64_t pixels() const { return int64_t(height) * width; }
  float* plane(int channel) const { return data + channel * pixels(); }
};

/// factor x.
void adjust_brightness(const Planes& image, float factor);
/// factor x + (1 - factor) m, with m the mean of the grey image.
void adjust_contrast(const Planes& image, float factor);
/// factor x + (1 - factor) grey.
void adjust_saturation(const Planes& image, float factor);
/// Turns the hue of HSV by `shift`, in -0.5 .. 0.5 of the circle.
void adjust_hue(const Planes& image, float shift);
/// All channels become the grey image.
void rgb_to_grayscale(const Planes& image);
/// Separable Gaussian of `size` (odd, at most 2 min(height, width) - 1) by `size` taps, borders reflected.
void gaussian_blur(const Planes& image, int size, float sigma);

/// A rectangle of whole pixels.
struct Box {
  int top = 0, left = 0, height = 0, width = 0;
};

/// The part `box` of a height x width x channels image of bytes, enlarged to all of `out` by bicubic interpolation
/// as in Pillow: a = -0.5, taps beyond the box dropped and the others made to sum to one, clamped to 0 .. 1. `out`
/// must be at least as large as the box (a crop of an image never shrinks, so there is nothing to antialias);
/// unlike Pillow, nothing is rounded to bytes in between.
void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out);

/// The image, mirrored left to right if asked, as height x width x channels floats: scale x + shift, a scale and a
/// shift for each channel.
void to_pixels(const Planes& image, bool mirrored, std::span<const float> scale, std::span<const float> shift,
               float* out);

}  // namespace nce::data
