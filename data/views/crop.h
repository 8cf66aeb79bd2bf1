#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's RandomResizedCrop: a random part of the image, resized to the view. It tries ten times to draw an
/// area and a ratio that fit. Then it takes the largest box of an allowed ratio, in the middle.
struct RandomResizedCrop {
  std::optional<double> min_scale;  ///< Unset: the data set's `smallest_crop`.
  double max_scale = 1;
  double ratio = 0.75;
  Interpolation interpolation = Interpolation::bicubic;

  void fields(Options& o) {
    o.number("min_scale", min_scale, "smallest share of the image that a crop keeps [by data set]",
             {.above = 0, .most = 1});
    o.number("max_scale", max_scale, "largest share of the image that a crop keeps", {.above = 0, .most = 1});
    o.number("ratio", ratio, "width over height of a crop: log-uniform from this to 1 over this",
             {.above = 0, .most = 1});
    o.choice("interpolation", interpolation, {"bicubic", "bilinear"}, "how a crop is resized");
  }
  /// Errors: min_scale above max_scale.
  void check(const Dataset& data) const {
    const double least = min_scale.value_or(data.smallest_crop);
    nce::check(least <= max_scale, "views: min_scale {} is above max_scale {}", least, max_scale);
  }
  void settle(const Dataset& data) { min_scale = min_scale.value_or(data.smallest_crop); }
  void apply(Image& image, Random& random) const {
    const int height = image.whole().height, width = image.whole().width;
    const float least = float(min_scale.value_or(image.data().smallest_crop)), bound = float(std::log(ratio));
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double area = double(height) * width * random.uniform(least, float(max_scale));
      const double across = std::exp(random.uniform(bound, -bound));
      const int w = int(std::lround(std::sqrt(area * across))), h = int(std::lround(std::sqrt(area / across)));
      if (w < 1 || h < 1 || w > width || h > height) continue;
      const int top = int(random.below(uint32_t(height - h + 1))),
                left = int(random.below(uint32_t(width - w + 1)));
      return image.crop({.top = top, .left = left, .height = h, .width = w}, interpolation);
    }
    const int w = std::min(width, std::max(1, int(std::lround(height / ratio))));
    const int h = std::min(height, std::max(1, int(std::lround(width / ratio))));
    image.crop({.top = (height - h) / 2, .left = (width - w) / 2, .height = h, .width = w}, interpolation);
  }
};

}  // namespace nce::data
