#pragma once
#include <algorithm>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// 1 - x, in place: the negative.
inline void invert(const Planes& image) {
  for (float& x : image.values()) x = 1 - x;
}

/// torchvision's RandomInvert.
struct RandomInvert {
  double p = 0.5;

  void fields(Options& o) {
    o.number("invert", p, "probability of the negative of an image", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) invert(image.planes_either_way());
  }
};

}  // namespace nce::data
