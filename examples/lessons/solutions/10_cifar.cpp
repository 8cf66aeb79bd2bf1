// The exercises of lesson 10.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "nce/core/random.h"

using namespace nce;

namespace {

// The accuracy that we read on `images` test images, for a network that is right with probability p.
double reading(double p, int images, Key key) {
  Random random(key);
  int right = 0;
  for (int i = 0; i < images; ++i) right += random.bernoulli(float(p));
  return 100.0 * right / images;
}

}  // namespace

int main() {
  // 1. By the formula the spread is sqrt(p (1 - p) / n). By dice: 1,000 readings of a network that is right in 40 %.
  for (const int images : {100, 2000, 10000}) {
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < 1000; ++i) {
      const double x = reading(0.4, images, Key(1).fold(uint64_t(images)).fold(i));
      sum += x, squares += x * x;
    }
    const double mean = sum / 1000;
    std::printf("%5d test images: 40 %% reads as %.1f +- %.1f; formula %.1f\n", images, mean,
                std::sqrt(squares / 1000 - mean * mean), 100 * std::sqrt(0.4 * 0.6 / images));
  }

  // 2. Twenty networks that guess one of ten classes. We keep the one with the best reading, and say so proudly.
  for (const int images : {100, 2000}) {
    double best = 0;
    for (uint64_t i = 0; i < 20; ++i) best = std::max(best, reading(0.1, images, Key(2).fold(i)));
    std::printf("%5d test images: the best of twenty guessers has %.1f %%, on new images %.1f %%\n", images, best,
                reading(0.1, 100000, Key(3)));
  }
}
