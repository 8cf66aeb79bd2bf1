#pragma once
#include <optional>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's RandomHorizontalFlip: swaps left and right.
struct RandomHorizontalFlip {
  std::optional<double> p;  ///< Unset: 0.5 if the data set may be mirrored, else 0.

  void fields(Options& o) {
    o.number("flip", p, "probability of a left-right flip [by data set]", {.least = 0, .most = 1});
  }
  void settle(const Dataset& data) { p = p.value_or(data.may_mirror ? 0.5 : 0); }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p.value_or(image.data().may_mirror ? 0.5 : 0)))) image.mirror();
  }
};

/// torchvision's RandomVerticalFlip: swaps top and bottom.
struct RandomVerticalFlip {
  double p = 0.5;

  void fields(Options& o) {
    o.number("vflip", p, "probability that top and bottom are swapped", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) turn_over(image.planes_either_way());
  }
};

}  // namespace nce::data
