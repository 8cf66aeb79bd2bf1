#include "nce/data/views/pixels.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/kernels/colour.h"
#include "nce/core/kernels/resize.h"
#include "nce/data/views/scratch.h"

namespace nce::data {
namespace {

float* scratch(int64_t count) {
  thread_local LineMemory memory;
  return memory.floats(count);
}

kernels::Rgb rgb(const Planes& image) { return {image.plane(0), image.plane(1), image.plane(2)}; }

}  // namespace

void adjust_brightness(const Planes& image, float factor) {
  kernels::scale_clamped(image.data, image.channels * image.pixels(), factor, 0);
}

void adjust_contrast(const Planes& image, float factor) {
  const int64_t n = image.pixels();
  const double sum = image.channels == 3 ? kernels::grey_sum(rgb(image), n) : kernels::sum_of(image.data, n);
  kernels::scale_clamped(image.data, image.channels * n, factor, (1 - factor) * float(sum / double(n)));
}

void adjust_saturation(const Planes& image, float factor) {
  if (image.channels == 3) kernels::saturate(rgb(image), image.pixels(), factor);
}

void adjust_hue(const Planes& image, float shift) {
  if (image.channels == 3) kernels::shift_hue(rgb(image), image.pixels(), shift);
}

void rgb_to_grayscale(const Planes& image) {
  if (image.channels == 3) kernels::drop_colour(rgb(image), image.pixels());
}

void gaussian_blur(const Planes& image, int size, float sigma) {
  const int radius = size / 2, height = image.height, width = image.width;
  check(size % 2 == 1 && radius < std::min(height, width) && sigma > 0,
        "gaussian_blur: {} taps of sigma {} do not fit an image of {} x {}", size, sigma, height, width);
  float* weights = scratch(size + image.pixels());
  float* columns = weights + size;
  float sum = 0;
  for (int k = -radius; k <= radius; ++k) {
    const float x = float(k) / sigma;
    sum += weights[k + radius] = std::exp(-0.5f * x * x);
  }
  for (int k = 0; k < size; ++k) weights[k] /= sum;
  const auto reflected = [](int i, int n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  for (int c = 0; c < image.channels; ++c) {
    float* x = image.plane(c);
    std::fill_n(columns, image.pixels(), 0.0f);
    for (int i = 0; i < width; ++i)
      for (int k = -radius; k <= radius; ++k) {
        const float* from = x + reflected(i + k, width) * height;
        const float weight = weights[k + radius];
        for (int y = 0; y < height; ++y) columns[i * height + y] += weight * from[y];
      }
    for (int i = 0; i < width; ++i)
      for (int y = 0; y < height; ++y) {
        float total = 0;
        for (int k = -radius; k <= radius; ++k)
          total += weights[k + radius] * columns[i * height + reflected(y + k, height)];
        x[i * height + y] = total;
      }
  }
}

void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out) {
  check(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 && box.top + box.height <= height &&
            box.left + box.width <= width && box.height <= out.height && box.width <= out.width,
        "resized_crop: a box of {} x {} at ({}, {}) does not lie in an image of {} x {}, or is larger than the {} "
        "x {} "
        "it is to fill",
        box.height, box.width, box.top, box.left, height, width, out.height, out.width);
  const kernels::ByteBox from{.data = image + (int64_t(box.top) * width + box.left) * out.channels,
                              .row_bytes = int64_t(width) * out.channels,
                              .height = box.height,
                              .width = box.width,
                              .channels = out.channels};
  kernels::resize_bicubic(from, out.height, out.width, out.data,
                          scratch(kernels::resize_scratch(from, out.height, out.width)));
}

void to_pixels(const Planes& image, bool mirrored, std::span<const float> scale, std::span<const float> shift,
               float* out) {
  check(int(scale.size()) == image.channels && int(shift.size()) == image.channels,
        "to_pixels: {} scales and {} shifts for {} channels", scale.size(), shift.size(), image.channels);
  kernels::columns_to_pixels(image.data, image.height, image.width, image.channels, mirrored, scale.data(),
                             shift.data(), out);
}

}  // namespace nce::data
