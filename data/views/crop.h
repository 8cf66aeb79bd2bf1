#pragma once
#include <optional>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's RandomResizedCrop: a random part of the image, enlarged to its size. It tries ten times to draw an
/// area and a ratio that fit. Then it takes the largest box of an allowed ratio, in the middle.
struct RandomResizedCrop {
  std::optional<double> min_scale;  ///< Unset: the data set's `smallest_crop`.
  double max_scale = 1;
  double ratio = 0.75;

  void fields(Options& o) {
    o.number("min_scale", min_scale, "smallest share of the image that a crop keeps [by data set]",
             {.above = 0, .most = 1});
    o.number("max_scale", max_scale, "largest share of the image that a crop keeps", {.above = 0, .most = 1});
    o.number("ratio", ratio, "width over height of a crop: log-uniform from this to 1 over this",
             {.above = 0, .most = 1});
  }
  /// Errors: min_scale above max_scale.
  void check(const Dataset& data) const;
  void apply(Image& image, Random& random) const;
};

}  // namespace nce::data
