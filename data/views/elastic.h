#pragma once
#include <algorithm>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/blur.h"
#include "nce/data/views/image.h"
#include "nce/data/views/warp.h"

namespace nce::data {

/// An elastic warp, as of a rubber sheet: each pixel comes from a place that is moved by `alpha` times smooth noise.
/// The noise is uniform in -1 .. 1 and blurred by a Gaussian of `sigma`. The defaults are the paper's for MNIST; larger
/// photographs need larger values. The same as torchvision's ElasticTransform with twice this alpha. Source: Simard et
/// al., "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis", ICDAR 2003.
struct ElasticTransform {
  double p = 0.5, alpha = 34, sigma = 4, fill = 0;

  void fields(Options& o) {
    o.number("elastic", p, "probability of an elastic warp", {.least = 0, .most = 1});
    o.number("elastic_alpha", alpha, "pixels that noise of 1 moves a pixel by, before it is smoothed",
             {.least = 0});
    o.number("elastic_sigma", sigma, "sigma of the Gaussian that smooths the noise, in pixels", {.above = 0});
    o.number("elastic_fill", fill, "value of what comes in from outside, 0 .. 1", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (!random.bernoulli(float(p))) return;
    const Planes planes = image.planes();
    const int64_t n = planes.pixels();
    thread_local LineMemory memory;
    const Planes moves{.data = memory.floats(2 * n), .height = planes.height, .width = planes.width, .channels = 2};
    for (float& move : moves.values()) move = random.uniform(-1, 1);
    // Four sigmas to each side, but not more than the image has.
    const int radius = std::min(int(4 * sigma + 1), std::min(planes.height, planes.width) - 1);
    gaussian_blur(moves, 2 * radius + 1, float(sigma));
    float *const ys = moves.plane(0), *const xs = moves.plane(1);
    for (int64_t i = 0; i < n; ++i) {
      ys[i] = float(i % planes.height) + float(alpha) * ys[i];
      xs[i] = float(i / planes.height) + float(alpha) * xs[i];
    }
    sample(planes, ys, xs, float(fill));
  }
};

}  // namespace nce::data
