#pragma once
#include <cstdint>

#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

/// Keeps the first `bits` of the 8 bits of each value, in place.
inline void posterize(const Planes& image, int bits) {
  const int mask = 0xff << (8 - bits);
  for (float& x : image.values()) x = float(byte_of(x) & mask) / 255;
}

/// torchvision's RandomPosterize.
struct RandomPosterize {
  double p = 0.5;
  int64_t bits = 4;

  void fields(Options& o) {
    o.number("posterize", p, "probability that values are cut to fewer bits", {.least = 0, .most = 1});
    o.integer("posterize_bits", bits, "how many of 8 bits are kept", {.least = 0, .most = 8});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) posterize(image.planes_either_way(), int(bits));
  }
};

}  // namespace nce::data
