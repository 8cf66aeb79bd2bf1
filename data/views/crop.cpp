#include "nce/data/views/crop.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"

namespace nce::data {

void RandomResizedCrop::check(const Dataset& data) const {
  const double least = min_scale.value_or(data.smallest_crop);
  nce::check(least <= max_scale, "views: min_scale {} is above max_scale {}", least, max_scale);
}

void RandomResizedCrop::apply(Image& image, Random& random) const {
  const int height = image.data().height, width = image.data().width;
  const float least = float(min_scale.value_or(image.data().smallest_crop)), bound = float(std::log(ratio));
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = double(height) * width * random.uniform(least, float(max_scale));
    const double across = std::exp(random.uniform(bound, -bound));
    const int w = int(std::lround(std::sqrt(area * across))), h = int(std::lround(std::sqrt(area / across)));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const int top = int(random.below(uint32_t(height - h + 1))), left = int(random.below(uint32_t(width - w + 1)));
    return image.crop({.top = top, .left = left, .height = h, .width = w});
  }
  const int w = std::min(width, std::max(1, int(std::lround(height / ratio))));
  const int h = std::min(height, std::max(1, int(std::lround(width / ratio))));
  image.crop({.top = (height - h) / 2, .left = (width - w) / 2, .height = h, .width = w});
}

}  // namespace nce::data
