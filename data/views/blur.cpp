#include "nce/data/views/blur.h"

#include <vector>

#include "nce/core/kernels/blend.h"

namespace nce::data {

void gaussian_blur(const Planes& image, int size, float sigma) {
  const int64_t radius = size / 2, height = image.height, width = image.width;
  check(size % 2 == 1 && radius < std::min(height, width) && sigma > 0,
        "gaussian_blur: {} taps of sigma {} do not fit an image of {} x {}", size, sigma, height, width);
  thread_local LineMemory memory;
  thread_local std::vector<const float*> lines;
  const int64_t tall = height + 2 * radius;
  float* const weights = memory.floats(size + image.pixels() + tall);
  float *const blurred = weights + size, *const column = blurred + image.pixels();
  float sum = 0;
  for (int64_t k = 0; k < size; ++k) {
    const float x = float(k - radius) / sigma;
    sum += weights[k] = std::exp(-0.5f * x * x);
  }
  for (int64_t k = 0; k < size; ++k) weights[k] /= sum;
  const auto reflected = [](int64_t i, int64_t n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  lines.resize(size_t(size));
  for (int c = 0; c < image.channels; ++c) {
    float* const x = image.plane(c);
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t k = 0; k < size; ++k) lines[size_t(k)] = x + reflected(i + k - radius, width) * height;
      kernels::blend(lines.data(), weights, size, height, blurred + i * height);
    }
    for (int64_t k = 0; k < size; ++k) lines[size_t(k)] = column + k;
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t y = 0; y < tall; ++y) column[y] = blurred[i * height + reflected(y - radius, height)];
      kernels::blend(lines.data(), weights, size, height, x + i * height);
    }
  }
}

}  // namespace nce::data
