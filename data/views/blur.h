#pragma once
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// torchvision's gaussian_blur: a separable Gaussian of size x size taps, in place, borders reflected. `size` is odd
/// and at most 2 min(height, width) - 1. Two plain loops over columns.
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
  void check(const Dataset& data) const;
  void apply(Image& image, Random& random) const;
};

}  // namespace nce::data
