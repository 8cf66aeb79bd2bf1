#pragma once
#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's gaussian_blur: a separable Gaussian of size x size taps, in place, borders reflected. `size` is odd
/// and at most 2 min(height, width) - 1.
void gaussian_blur(const Planes& image, int size, float sigma);

/// SimCLR's blur (appendix A): over a tenth of the image, at least 3 pixels, sigma uniform between the two. SimCLR
/// leaves it out for CIFAR-10, and so does `simclr_views`.
struct GaussianBlur {
  double p = 0.5, min_sigma = 0.1, max_sigma = 2;

  void fields(Options& o) {
    o.number("blur", p, "probability of a Gaussian blur", {.least = 0, .most = 1});
    o.number("min_sigma", min_sigma, "smallest sigma of the blur, in pixels", {.above = 0});
    o.number("max_sigma", max_sigma, "largest sigma of the blur, in pixels", {.above = 0});
  }
  /// Errors: min_sigma above max_sigma, an image too small for the blur.
  void check(const Dataset& data) const {
    nce::check(min_sigma <= max_sigma, "views: min_sigma {} is above max_sigma {}", min_sigma, max_sigma);
    nce::check(p == 0 || size_for(data.height, data.width) / 2 < std::min(data.height, data.width),
               "views: images of {} x {} are too small for a blur", data.height, data.width);
  }
  void apply(Image& image, Random& random) const {
    if (!random.bernoulli(float(p))) return;
    gaussian_blur(image.planes_either_way(), size_for(image.height(), image.width()),
                  random.uniform(float(min_sigma), float(max_sigma)));
  }

 private:
  // About a tenth of the image, odd, at least 3.
  static int size_for(int height, int width) { return std::max(3, std::min(height, width) / 10 / 2 * 2 + 1); }
};

}  // namespace nce::data
