#include "nce/data/views/colour.h"

#include <algorithm>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/kernels/colour.h"

namespace nce::data {
namespace {

kernels::Rgb rgb(const Planes& image) { return {image.plane(0), image.plane(1), image.plane(2)}; }

}  // namespace

void adjust_brightness(const Planes& image, float factor) {
  kernels::colour().scale_clamped(image.data, image.channels * image.pixels(), factor, 0);
}

void adjust_contrast(const Planes& image, float factor) {
  const int64_t n = image.pixels();
  const double sum =
      image.channels == 3 ? kernels::colour().grey_sum(rgb(image), n) : kernels::colour().sum(image.data, n);
  kernels::colour().scale_clamped(image.data, image.channels * n, factor, (1 - factor) * float(sum / double(n)));
}

void adjust_saturation(const Planes& image, float factor) {
  if (image.channels == 3) kernels::colour().saturate(rgb(image), image.pixels(), factor);
}

void adjust_hue(const Planes& image, float shift) {
  if (image.channels == 3) kernels::colour().shift_hue(rgb(image), image.pixels(), shift);
}

void rgb_to_grayscale(const Planes& image) {
  if (image.channels == 3) kernels::colour().drop_colour(rgb(image), image.pixels());
}

void ColorJitter::check(const Dataset&) const {
  const double largest = strength * std::max({brightness, contrast, saturation, 2 * hue});
  nce::check(
      largest <= 1,
      "views: color_strength {} makes the jitter too large: brightness, contrast and saturation times it may "
      "be at most 1, hue 0.5",
      strength);
}

void ColorJitter::apply(Image& image, Random& random) const {
  if (!random.bernoulli(float(p))) return;
  int order[] = {0, 1, 2, 3};
  for (int i = 3; i > 0; --i) std::swap(order[i], order[random.below(uint32_t(i) + 1)]);
  const double brightest = brightness * strength, starkest = contrast * strength, deepest = saturation * strength,
               farthest = hue * strength;
  const auto factor = [&](double x) { return random.uniform(float(1 - x), float(1 + x)); };
  const float by[] = {factor(brightest), factor(starkest), factor(deepest),
                      random.uniform(float(-farthest), float(farthest))};
  const Planes planes = image.planes_either_way();
  for (int which : order) {
    if (which == 0 && brightest > 0) adjust_brightness(planes, by[0]);
    if (which == 1 && starkest > 0) adjust_contrast(planes, by[1]);
    if (which == 2 && deepest > 0) adjust_saturation(planes, by[2]);
    if (which == 3 && farthest > 0) adjust_hue(planes, by[3]);
  }
}

}  // namespace nce::data
