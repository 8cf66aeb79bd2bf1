#pragma once
#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's RandomErasing: sets a random box to one value. It tries ten times to draw an area and a ratio that
/// fit. If none does, the image stays the same. The value is that of a pixel before normalisation. Source: Zhong et
/// al., "Random Erasing Data Augmentation", 2017.
struct RandomErasing {
  double p = 0.5, min_area = 0.02, max_area = 0.33, ratio = 0.3, value = 0;

  void fields(Options& o) {
    o.number("erasing", p, "probability that a random box is erased", {.least = 0, .most = 1});
    o.number("erasing_min_area", min_area, "smallest share of the image that is erased", {.above = 0, .most = 1});
    o.number("erasing_max_area", max_area, "largest share of the image that is erased", {.above = 0, .most = 1});
    o.number("erasing_ratio", ratio, "height over width of the box: log-uniform from this to 1 over this",
             {.above = 0, .most = 1});
    o.number("erasing_value", value, "what is there then, 0 .. 1", {.least = 0, .most = 1});
  }
  /// Errors: erasing_min_area above erasing_max_area.
  void check(const Dataset&) const {
    nce::check(min_area <= max_area, "views: erasing_min_area {} is above erasing_max_area {}", min_area, max_area);
  }
  void apply(Image& image, Random& random) const {
    if (!random.bernoulli(float(p))) return;
    const int height = image.height(), width = image.width();
    const float bound = float(std::log(ratio));
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double area = double(height) * width * random.uniform(float(min_area), float(max_area));
      const double upright = std::exp(random.uniform(bound, -bound));
      const int h = int(std::lround(std::sqrt(area * upright))), w = int(std::lround(std::sqrt(area / upright)));
      if (h < 1 || w < 1 || h >= height || w >= width) continue;
      const int top = int(random.below(uint32_t(height - h + 1))),
                left = int(random.below(uint32_t(width - w + 1)));
      const Planes planes = image.planes();
      for (int c = 0; c < planes.channels; ++c)
        for (int x = left; x < left + w; ++x) std::fill_n(planes.column(c, x) + top, h, float(value));
      return;
    }
  }
};

}  // namespace nce::data
