#pragma once

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// 1 - x where x is at least `threshold`, in place.
inline void solarize(const Planes& image, float threshold) {
  for (float& x : image.values()) x = x >= threshold ? 1 - x : x;
}

/// torchvision's RandomSolarize. The defaults are those of BYOL's second view (Grill et al., "Bootstrap Your Own Latent",
/// 2020, appendix B).
struct RandomSolarize {
  double p = 0.2, threshold = 0.5;

  void fields(Options& o) {
    o.number("solarize", p, "probability that bright values are inverted", {.least = 0, .most = 1});
    o.number("solarize_threshold", threshold, "from which value on, 0 .. 1", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) solarize(image.planes_either_way(), float(threshold));
  }
};

}  // namespace nce::data
