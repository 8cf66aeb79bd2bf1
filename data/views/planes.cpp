#include "nce/data/views/planes.h"

#include <algorithm>

#include "nce/core/error.h"
#include "nce/core/kernels/resize.h"
#include "nce/data/views/scratch.h"

namespace nce::data {

void to_planes(const uint8_t* image, const Planes& out) {
  for (int c = 0; c < out.channels; ++c)
    for (int x = 0; x < out.width; ++x)
      for (int y = 0; y < out.height; ++y)
        out.column(c, x)[y] = float(image[(int64_t(y) * out.width + x) * out.channels + c]) / 255;
}

void resized_crop(const uint8_t* image, int height, int width, const Box& box, const Planes& out) {
  check(box.top >= 0 && box.left >= 0 && box.height >= 1 && box.width >= 1 && box.top + box.height <= height &&
            box.left + box.width <= width && box.height <= out.height && box.width <= out.width,
        "resized_crop: a box of {} x {} at ({}, {}) is outside the image of {} x {}, or larger than the output of "
        "{} x {}",
        box.height, box.width, box.top, box.left, height, width, out.height, out.width);
  const kernels::ByteBox from{.data = image + (int64_t(box.top) * width + box.left) * out.channels,
                              .row_bytes = int64_t(width) * out.channels,
                              .height = box.height,
                              .width = box.width,
                              .channels = out.channels};
  thread_local LineMemory memory;
  kernels::resize_bicubic(from, out.height, out.width, out.data,
                          memory.floats(kernels::resize_scratch(from, out.height, out.width)));
}

void mirror(const Planes& image) {
  for (int c = 0; c < image.channels; ++c)
    for (int x = 0; x < image.width / 2; ++x)
      std::swap_ranges(image.column(c, x), image.column(c, x + 1), image.column(c, image.width - 1 - x));
}

void to_pixels(const Planes& image, bool mirrored, std::span<const float> scale, std::span<const float> shift,
               float* out) {
  check(int(scale.size()) == image.channels && int(shift.size()) == image.channels,
        "to_pixels: {} scales and {} shifts for {} channels", scale.size(), shift.size(), image.channels);
  kernels::columns_to_pixels(image.data, image.height, image.width, image.channels, mirrored, scale.data(),
                             shift.data(), out);
}

}  // namespace nce::data
