#include "nce/data/views/planes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/kernels/blend.h"
#include "nce/core/kernels/resize.h"
#include "nce/data/views/scratch.h"

namespace nce::data {
namespace {

// The lines (of `from`) that each of `to` results is made of, and their weights.
struct Taps {
  Taps(int from, int to, Interpolation interpolation) : first(size_t(to)), count(size_t(to)) {
    const bool cubic = interpolation == Interpolation::bicubic;
    const double scale = double(from) / to, stretch = std::max(scale, 1.0), reach = (cubic ? 2 : 1) * stretch;
    most = int(std::ceil(reach)) * 2 + 1;
    weights.resize(size_t(to) * size_t(most));
    for (int i = 0; i < to; ++i) {
      const double centre = (i + 0.5) * scale;
      const int low = std::max(0, int(centre - reach + 0.5)), high = std::min(from, int(centre + reach + 0.5));
      double sum = 0;
      const auto weight = [&](int k) {
        const double x = std::abs(k + 0.5 - centre) / stretch;
        if (!cubic) return std::max(0.0, 1 - x);
        if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
      };
      for (int k = low; k < high; ++k) sum += weight(k);
      for (int k = low; k < high; ++k) weights[size_t(i) * size_t(most) + size_t(k - low)] = float(weight(k) / sum);
      first[size_t(i)] = low, count[size_t(i)] = high - low;
    }
  }
  const float* of(int i) const { return &weights[size_t(i) * size_t(most)]; }
  std::vector<int> first, count;
  std::vector<float> weights;
  int most;
};

}  // namespace

void to_planes(const uint8_t* image, const Planes& out) {
  for (int c = 0; c < out.channels; ++c)
    for (int x = 0; x < out.width; ++x)
      for (int y = 0; y < out.height; ++y)
        out.column(c, x)[y] = float(image[(int64_t(y) * out.width + x) * out.channels + c]) / 255;
}

void to_bytes(const Planes& image, uint8_t* out) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < image.channels; ++c)
        *out++ = uint8_t(std::lround(255 * std::clamp(image.column(c, x)[y], 0.0f, 1.0f)));
}

void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out,
                  Interpolation interpolation) {
  check(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 && box.top + box.height <= height &&
            box.left + box.width <= width,
        "resized_crop: a box of {} x {} at ({}, {}) is outside the image of {} x {}", box.height, box.width,
        box.top, box.left, height, width);
  const kernels::ByteBox from{.data = image + (int64_t(box.top) * width + box.left) * out.channels,
                              .row_bytes = int64_t(width) * out.channels,
                              .height = box.height,
                              .width = box.width,
                              .channels = out.channels};
  thread_local LineMemory memory;
  if (interpolation == Interpolation::bicubic && box.height <= out.height && box.width <= out.width)
    return kernels::resize_bicubic(from, out.height, out.width, out.data,
                                   memory.floats(kernels::resize_scratch(from, out.height, out.width)));
  // First down: rows of bytes become rows of floats, and these become columns. Then across.
  const int64_t length = int64_t(box.width) * out.channels;
  float* const row = memory.floats(length + length * out.height);
  float* const turned = row + length;  // (width of the box, channels, height)
  const Taps down(box.height, out.height, interpolation), wide(box.width, out.width, interpolation);
  std::vector<const uint8_t*> rows(size_t(down.most));
  for (int y = 0; y < out.height; ++y) {
    for (int k = 0; k < down.count[size_t(y)]; ++k)
      rows[size_t(k)] = from.data + (down.first[size_t(y)] + k) * from.row_bytes;
    kernels::blend(rows.data(), down.of(y), down.count[size_t(y)], length, row);
    for (int64_t i = 0; i < length; ++i) turned[i * out.height + y] = row[i] / 255;
  }
  std::vector<const float*> columns(size_t(wide.most));
  for (int x = 0; x < out.width; ++x)
    for (int c = 0; c < out.channels; ++c) {
      for (int k = 0; k < wide.count[size_t(x)]; ++k)
        columns[size_t(k)] = turned + (int64_t(wide.first[size_t(x)] + k) * out.channels + c) * out.height;
      kernels::blend(columns.data(), wide.of(x), wide.count[size_t(x)], out.height, out.column(c, x));
    }
  for (int64_t i = 0; i < out.pixels() * out.channels; ++i) out.data[i] = std::clamp(out.data[i], 0.0f, 1.0f);
}

void mirror(const Planes& image) {
  for (int c = 0; c < image.channels; ++c)
    for (int x = 0; x < image.width / 2; ++x)
      std::swap_ranges(image.column(c, x), image.column(c, x + 1), image.column(c, image.width - 1 - x));
}

void turn_over(const Planes& image) {
  for (int c = 0; c < image.channels; ++c)
    for (int x = 0; x < image.width; ++x) std::reverse(image.column(c, x), image.column(c, x) + image.height);
}

void to_pixels(const Planes& image, bool mirrored, std::span<const float> scale, std::span<const float> shift,
               float* out) {
  check(int(scale.size()) == image.channels && int(shift.size()) == image.channels,
        "to_pixels: {} scales and {} shifts for {} channels", scale.size(), shift.size(), image.channels);
  kernels::columns_to_pixels(image.data, image.height, image.width, image.channels, mirrored, scale.data(),
                             shift.data(), out);
}

}  // namespace nce::data
