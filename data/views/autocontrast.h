#pragma once
#include <algorithm>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// Spreads the values of each channel over 0 .. 1, in place. A constant channel stays the same.
inline void autocontrast(const Planes& image) {
  for (int c = 0; c < image.channels; ++c) {
    float* const x = image.plane(c);
    const auto [least, most] = std::minmax_element(x, x + image.pixels());
    const float low = *least, range = *most - *least;
    if (range <= 0) continue;
    for (int64_t i = 0; i < image.pixels(); ++i) x[i] = std::clamp((x[i] - low) / range, 0.0f, 1.0f);
  }
}

/// torchvision's RandomAutocontrast.
struct RandomAutocontrast {
  double p = 0.5;

  void fields(Options& o) {
    o.number("autocontrast", p, "probability that values are spread over the whole range", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) autocontrast(image.planes_either_way());
  }
};

}  // namespace nce::data
