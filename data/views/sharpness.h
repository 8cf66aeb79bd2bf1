#pragma once
#include <algorithm>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's adjust_sharpness, in place: factor x + (1 - factor) s, with s the image smoothed by 3 x 3 weights, 5 in
/// the middle and 1 around it. Pixels at the border stay the same, and so do images with a side of less than 3 pixels.
inline void adjust_sharpness(const Planes& image, float factor) {
  const int64_t height = image.height, width = image.width;
  if (height < 3 || width < 3) return;
  thread_local LineMemory memory;
  float* const before = memory.floats(image.pixels() + height);
  float* const three = before + image.pixels();  // sums of three columns
  for (int c = 0; c < image.channels; ++c) {
    std::copy_n(image.plane(c), image.pixels(), before);
    for (int64_t x = 1; x + 1 < width; ++x) {
      const float* const from = before + x * height;
      float* const to = image.column(c, int(x));
      for (int64_t y = 0; y < height; ++y) three[y] = from[y - height] + from[y] + from[y + height];
      for (int64_t y = 1; y + 1 < height; ++y) {
        const float smooth = (three[y - 1] + three[y] + three[y + 1] + 4 * from[y]) / 13;
        to[y] = std::clamp(factor * from[y] + (1 - factor) * smooth, 0.0f, 1.0f);
      }
    }
  }
}

/// torchvision's RandomAdjustSharpness.
struct RandomAdjustSharpness {
  double p = 0.5, factor = 2;

  void fields(Options& o) {
    o.number("adjust_sharpness", p, "probability of a change of sharpness", {.least = 0, .most = 1});
    o.number("sharpness_factor", factor, "0: smoothed; 1: as it is; 2: sharper", {.least = 0});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) adjust_sharpness(image.planes_either_way(), float(factor));
  }
};

}  // namespace nce::data
