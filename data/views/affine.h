#pragma once
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"
#include "nce/data/views/warp.h"

namespace nce::data {

/// torchvision's RandomAffine, with a probability: rotates, moves by whole pixels, scales and shears the image in one step.
struct RandomAffine {
  double p = 1, degrees = 10, translate = 0.1, min_scale = 0.9, max_scale = 1.1, shear = 0, fill = 0;

  void fields(Options& o) {
    o.number("affine", p, "probability of an affine change", {.least = 0, .most = 1});
    o.number("affine_degrees", degrees, "largest turn either way, in degrees", {.least = 0, .most = 180});
    o.number("affine_translate", translate, "largest move, as a share of the height and width",
             {.least = 0, .most = 1});
    o.number("affine_min_scale", min_scale, "smallest scale of what is seen", {.above = 0, .most = 10});
    o.number("affine_max_scale", max_scale, "largest scale of what is seen", {.above = 0, .most = 10});
    o.number("affine_shear", shear, "largest shear along each side, in degrees", {.least = 0, .below = 90});
    o.number("affine_fill", fill, "value of what comes in from outside, 0 .. 1", {.least = 0, .most = 1});
  }
  /// Errors: affine_min_scale above affine_max_scale.
  void check(const Dataset&) const {
    nce::check(min_scale <= max_scale, "views: affine_min_scale {} is above affine_max_scale {}", min_scale,
               max_scale);
  }
  void apply(Image& image, Random& random) const {
    if (!random.bernoulli(float(p))) return;
    const auto either_way = [&](double most) { return double(random.uniform(float(-most), float(most))); };
    Affine by;
    by.degrees = either_way(degrees);
    by.right = std::round(either_way(translate * image.width()));
    by.down = std::round(either_way(translate * image.height()));
    by.scale = random.uniform(float(min_scale), float(max_scale));
    by.shear_x = either_way(shear), by.shear_y = either_way(shear);
    warp(image.planes(), by, float(fill));
  }
};

}  // namespace nce::data
