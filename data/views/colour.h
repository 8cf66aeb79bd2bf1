#pragma once
#include "nce/core/options.h"
#include "nce/core/random.h"
#include "nce/data/views/image.h"

namespace nce::data {

// torchvision.transforms.functional on float images, in place. They clamp to 0 .. 1 as torchvision does. Grey is
// 0.2989 red + 0.587 green + 0.114 blue. With one channel, saturation, hue and grey change nothing.

/// factor x
void adjust_brightness(const Planes& image, float factor);
/// factor x + (1 - factor) m, with m the mean of the grey image
void adjust_contrast(const Planes& image, float factor);
/// factor x + (1 - factor) grey
void adjust_saturation(const Planes& image, float factor);
/// Turns the hue of HSV by `shift`, -0.5 .. 0.5 of the circle.
void adjust_hue(const Planes& image, float shift);
/// Every channel becomes grey.
void rgb_to_grayscale(const Planes& image);

/// torchvision's ColorJitter, with a probability: the four changes in random order. Factors are uniform in
/// 1 - x .. 1 + x, turns of the hue in -x .. x. The defaults are SimCLR's for CIFAR-10 (colour strength 0.5).
struct ColorJitter {
  double p = 0.8, strength = 1;
  double brightness = 0.4, contrast = 0.4, saturation = 0.4, hue = 0.1;

  void fields(Options& o) {
    o.number("jitter", p, "probability of a change of brightness and colour", {.least = 0, .most = 1});
    o.number("color_strength", strength, "multiplies the four numbers below", {.least = 0, .most = 2});
    o.number("brightness", brightness, "largest change of brightness", {.least = 0, .most = 1});
    o.number("contrast", contrast, "largest change of contrast", {.least = 0, .most = 1});
    o.number("saturation", saturation, "largest change of saturation", {.least = 0, .most = 1});
    o.number("hue", hue, "largest turn of the hue, as a share of the circle", {.least = 0, .most = 0.5});
  }
  /// Errors: a number that is out of its range when it is multiplied by `strength`.
  void check(const Dataset&) const;
  void apply(Image& image, Random& random) const;
};

/// torchvision's RandomGrayscale: drops the colour.
struct RandomGrayscale {
  double p = 0.2;

  void fields(Options& o) {
    o.number("grey", p, "probability that the colour is dropped", {.least = 0, .most = 1});
  }
  void apply(Image& image, Random& random) const {
    if (random.bernoulli(float(p))) rgb_to_grayscale(image.planes_either_way());
  }
};

}  // namespace nce::data
