#pragma once

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/image.h"

namespace nce::data {

// Changes of colour by a fixed factor, each with a probability. The factor 1 changes nothing. (ColorJitter has random
// factors.)

struct AdjustBrightness {
  double p = 0.5, factor = 1.5;

  void fields(Options& o) {
    o.number("adjust_brightness", p, "probability of a change of brightness", {.least = 0, .most = 1});
    o.number("brightness_factor", factor, "0: black; 1: as it is; 2: twice as bright", {.least = 0});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) adjust_brightness(image.planes_either_way(), float(factor));
  }
};

struct AdjustContrast {
  double p = 0.5, factor = 1.5;

  void fields(Options& o) {
    o.number("adjust_contrast", p, "probability of a change of contrast", {.least = 0, .most = 1});
    o.number("contrast_factor", factor, "0: its mean; 1: as it is; 2: twice as far from the mean", {.least = 0});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) adjust_contrast(image.planes_either_way(), float(factor));
  }
};

struct AdjustSaturation {
  double p = 0.5, factor = 1.5;

  void fields(Options& o) {
    o.number("adjust_saturation", p, "probability of a change of colour", {.least = 0, .most = 1});
    o.number("saturation_factor", factor, "0: grey; 1: as it is; 2: twice as far from grey", {.least = 0});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) adjust_saturation(image.planes_either_way(), float(factor));
  }
};

}  // namespace nce::data
