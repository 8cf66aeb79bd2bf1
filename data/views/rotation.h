#pragma once
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"
#include "nce/data/views/warp.h"

namespace nce::data {

/// torchvision's RandomRotation, with a probability: rotates the image about its middle by up to `degrees` in either
/// direction.
struct RandomRotation {
  double p = 1, degrees = 15, fill = 0;

  void fields(Options& o) {
    o.number("rotation", p, "probability that an image is turned", {.least = 0, .most = 1});
    o.number("rotation_degrees", degrees, "largest turn either way, in degrees", {.least = 0, .most = 180});
    o.number("rotation_fill", fill, "value of what comes in from outside, 0 .. 1", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (!random.bernoulli(float(p))) return;
    const float most = float(degrees);
    warp(image.planes(), {.degrees = random.uniform(-most, most)}, float(fill));
  }
};

}  // namespace nce::data
