#include "nce/data/views/blur.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"

namespace nce::data {
namespace {

// About a tenth of the image, odd, at least 3.
int size_for(int height, int width) { return std::max(3, std::min(height, width) / 10 / 2 * 2 + 1); }

}  // namespace

void gaussian_blur(const Planes& image, int size, float sigma) {
  const int radius = size / 2, height = image.height, width = image.width;
  check(size % 2 == 1 && radius < std::min(height, width) && sigma > 0,
        "gaussian_blur: {} taps of sigma {} do not fit an image of {} x {}", size, sigma, height, width);
  thread_local LineMemory memory;
  float* weights = memory.floats(size + image.pixels());
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

void GaussianBlur::check(const Dataset& data) const {
  nce::check(min_sigma <= max_sigma, "views: min_sigma {} is above max_sigma {}", min_sigma, max_sigma);
  nce::check(p == 0 || size_for(data.height, data.width) / 2 < std::min(data.height, data.width),
             "views: images of {} x {} are too small for a blur", data.height, data.width);
}

void GaussianBlur::apply(Image& image, Random& random) const {
  if (!random.bernoulli(float(p))) return;
  gaussian_blur(image.planes_either_way(), size_for(image.data().height, image.data().width),
                random.uniform(float(min_sigma), float(max_sigma)));
}

}  // namespace nce::data
