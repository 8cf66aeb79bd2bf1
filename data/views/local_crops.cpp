#include "nce/data/views/local_crops.h"

#include <algorithm>

#include "nce/data/views/crop.h"

namespace nce::data {

Pipeline LocalCrops::of(Pipeline views, const Dataset& data) const {
  LocalCrops settled = *this;
  settled.settle(data);
  check(*settled.min_scale <= *settled.max_scale, "local_crops: min_scale {} is above max_scale {}",
        *settled.min_scale, *settled.max_scale);
  try {
    RandomResizedCrop& crop = views.get<RandomResizedCrop>();
    crop.min_scale = settled.min_scale, crop.max_scale = *settled.max_scale;
  } catch (const Error&) { fail("local_crops: small views are cut by a crop; add crop to the transforms"); }
  const int64_t width = std::max<int64_t>(1, settled.size * data.width / data.height);
  return views.size(int(settled.size), int(width));
}

}  // namespace nce::data
