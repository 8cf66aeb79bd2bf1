#pragma once
#include <algorithm>
#include <cstdint>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// Makes all values of a channel about equally frequent, in place. As in torchvision, with bytes: a value becomes the
/// number of smaller values, divided by a step. The step is a 255th of the number of all values but the largest.
inline void equalize(const Planes& image) {
  for (int c = 0; c < image.channels; ++c) {
    float* const x = image.plane(c);
    int64_t counts[256] = {};
    for (int64_t i = 0; i < image.pixels(); ++i) ++counts[byte_of(x[i])];
    int last = 255;
    while (counts[last] == 0) --last;
    const int64_t step = (image.pixels() - counts[last]) / 255;
    if (step == 0) continue;
    float table[256];
    int64_t smaller = 0;
    for (int value = 0; value < 256; ++value) {
      table[value] = value == 0 ? 0 : float(std::min<int64_t>((smaller + step / 2) / step, 255)) / 255;
      smaller += counts[value];
    }
    for (int64_t i = 0; i < image.pixels(); ++i) x[i] = table[byte_of(x[i])];
  }
}

/// torchvision's RandomEqualize.
struct RandomEqualize {
  double p = 0.5;

  void fields(Options& o) {
    o.number("equalize", p, "probability that the histogram is made even", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) equalize(image.planes_either_way());
  }
};

}  // namespace nce::data
