#pragma once
#include <algorithm>
#include <cmath>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's Resize and CenterCrop: takes the middle of the picture, in the shape of the view, and resizes it.
/// Nothing is random. A share of 0.875 is the same as Resize(256) and CenterCrop(224).
struct CenterCrop {
  double share = 1;

  void fields(Options& o) {
    o.number("center_share", share, "share of the height or width that a centre crop keeps, of what fits",
             {.above = 0, .most = 1});
  }
  void apply(Image& image, Random&) const {
    const Box all = image.whole();
    const double scale = share * std::min(double(all.height) / image.height(), double(all.width) / image.width());
    const int height = std::clamp(int(std::lround(scale * image.height())), 1, all.height);
    const int width = std::clamp(int(std::lround(scale * image.width())), 1, all.width);
    if (height == all.height && width == all.width && height == image.height() && width == image.width()) return;
    image.crop(
        {.top = (all.height - height) / 2, .left = (all.width - width) / 2, .height = height, .width = width});
  }
};

}  // namespace nce::data
