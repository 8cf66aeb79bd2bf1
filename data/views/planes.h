#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

namespace nce::data {

/// An image of floats in 0 .. 1, (channels, width, height): one plane for each channel, stored column by column, so
/// that resizing reads memory in order. It does not own the memory.
///
/// Vector kernels do the work on planes (core/kernels/resize.h and colour.h). Planes may have any size and alignment;
/// those of one image should fit into L1.
struct Planes {
  float* data = nullptr;
  int height = 0, width = 0, channels = 0;
  int64_t pixels() const { return int64_t(height) * width; }
  float* plane(int channel) const { return data + channel * pixels(); }
  /// All values, of all channels.
  std::span<float> values() const { return {data, size_t(channels * pixels())}; }
  float* column(int channel, int x) const { return plane(channel) + int64_t(x) * height; }
};

/// The byte of a value, clamped to 0 .. 1.
inline int byte_of(float x) { return int(255 * std::clamp(x, 0.0f, 1.0f) + 0.5f); }

/// A rectangle of whole pixels.
struct Box {
  int top = 0, left = 0, height = 0, width = 0;
};

/// How a value between pixels is computed. Bicubic is Keys' kernel with a = -0.5, as in Pillow.
enum class Interpolation { bicubic, bilinear };

/// Bytes (H, W, C) to planes of the same size: byte / 255.
void to_planes(const uint8_t* image, const Planes& out);
/// Planes to bytes (H, W, C): clamped to 0 .. 1, and rounded.
void to_bytes(const Planes& image, uint8_t* out);

/// The part `box` of an (H, W, C) image of bytes, resized to all of `out`, as in Pillow and torchvision's `antialias`:
/// if it gets smaller, the filter gets wider. Taps outside the box are left out, and the others scaled so that their
/// sum is 1. Results are clamped to 0 .. 1. Unlike Pillow, it does not round to bytes between the two passes.
void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out,
                  Interpolation interpolation = Interpolation::bicubic);

/// Swaps left and right, in place.
void mirror(const Planes& image);
/// Swaps top and bottom, in place.
void turn_over(const Planes& image);

/// Planes to pixels (H, W, C): out = scale[c] x + shift[c]. `mirrored` swaps left and right.
void to_pixels(const Planes& image, bool mirrored, std::span<const float> scale, std::span<const float> shift,
               float* out);

}  // namespace nce::data
