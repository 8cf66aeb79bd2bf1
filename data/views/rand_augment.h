#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// One of RandAugment's changes. `apply` takes a magnitude of 0 .. 1.
struct RandAugmentOp {
  const char* name;  ///< "shear_x"
  bool either_way;   ///< Whether its magnitude has a random sign.
  void (*apply)(Image& image, float magnitude, float fill);
};
/// The 14 changes of the paper, with the ranges of torchvision.
std::span<const RandAugmentOp> rand_augment_ops();

/// torchvision's RandAugment: `ops` changes one after another, each drawn from the list, all of the same magnitude.
/// Rotations, shears and translations are bilinear. Source: Cubuk et al., "RandAugment: Practical Automated Data
/// Augmentation with a Reduced Search Space", 2019.
struct RandAugment {
  int64_t ops = 2, magnitude = 9;
  std::string from = {};
  double fill = 0;

  void fields(Options& o) {
    o.integer("rand_ops", ops, "how many changes RandAugment makes", {.least = 0, .most = 1000});
    o.integer("rand_magnitude", magnitude, "how large they are, of 30", {.least = 0, .most = 30});
    o.text("rand_from", from, "which changes it draws from, with commas between them [all 14]");
    o.number("rand_fill", fill, "value of what comes in from outside, 0 .. 1", {.least = 0, .most = 1});
  }
  /// Errors: an unknown change.
  void check(const Dataset& data) const;
  void apply(Image& image, Random& random) const;
};

}  // namespace nce::data
