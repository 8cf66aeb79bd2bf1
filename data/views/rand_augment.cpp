#include "nce/data/views/rand_augment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "nce/core/error.h"
#include "nce/data/views/autocontrast.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/equalize.h"
#include "nce/data/views/names.h"
#include "nce/data/views/posterize.h"
#include "nce/data/views/sharpness.h"
#include "nce/data/views/solarize.h"
#include "nce/data/views/warp.h"

namespace nce::data {
namespace {

double degrees_of(double slope) { return std::atan(slope) * 180 / std::numbers::pi; }

// Shears keep the upper left corner where it is.
Affine shear(const Image& image, double across, double along) {
  return {.shear_x = degrees_of(across),
          .shear_y = degrees_of(along),
          .centre_right = -image.width() / 2.0,
          .centre_down = -image.height() / 2.0};
}

constexpr double kShear = 0.3, kDegrees = 30, kMove = 150.0 / 331, kFactor = 0.9;

const RandAugmentOp kOps[] = {
    {"identity", false, [](Image&, float, float) {}},
    {"shear_x", true,
     [](Image& image, float m, float fill) { warp(image.planes(), shear(image, kShear * m, 0), fill); }},
    {"shear_y", true,
     [](Image& image, float m, float fill) { warp(image.planes(), shear(image, 0, kShear * m), fill); }},
    {"translate_x", true,
     [](Image& image, float m, float fill) {
       warp(image.planes(), {.right = std::trunc(kMove * image.width() * m)}, fill);
     }},
    {"translate_y", true,
     [](Image& image, float m, float fill) {
       warp(image.planes(), {.down = std::trunc(kMove * image.height() * m)}, fill);
     }},
    {"rotate", true,
     [](Image& image, float m, float fill) { warp(image.planes(), {.degrees = -kDegrees * m}, fill); }},
    {"brightness", true,
     [](Image& image, float m, float) { adjust_brightness(image.planes_either_way(), float(1 + kFactor * m)); }},
    {"color", true,
     [](Image& image, float m, float) { adjust_saturation(image.planes_either_way(), float(1 + kFactor * m)); }},
    {"contrast", true,
     [](Image& image, float m, float) { adjust_contrast(image.planes_either_way(), float(1 + kFactor * m)); }},
    {"sharpness", true,
     [](Image& image, float m, float) { adjust_sharpness(image.planes_either_way(), float(1 + kFactor * m)); }},
    {"posterize", false,
     [](Image& image, float m, float) { posterize(image.planes_either_way(), 8 - int(std::nearbyint(4 * m))); }},
    {"solarize", false, [](Image& image, float m, float) { solarize(image.planes_either_way(), 1 - m); }},
    {"auto_contrast", false, [](Image& image, float, float) { autocontrast(image.planes_either_way()); }},
    {"equalize", false, [](Image& image, float, float) { equalize(image.planes_either_way()); }},
};

// The changes in a list; an empty list means all.
std::vector<const RandAugmentOp*> chosen(const std::string& from) {
  std::vector<const RandAugmentOp*> ops;
  const auto add = [&](std::string_view name) {
    for (const RandAugmentOp& op : kOps)
      if (op.name == name) return ops.push_back(&op);
    std::vector<const char*> names;
    for (const RandAugmentOp& op : kOps) names.push_back(op.name);
    fail("views: rand_from: RandAugment has no '{}'; there are {}", name, fmt::join(names, ", "));
  };
  if (from.empty())
    for (const RandAugmentOp& op : kOps) ops.push_back(&op);
  else
    for (const std::string_view name : split(from, ',')) add(name);
  return ops;
}

}  // namespace

std::span<const RandAugmentOp> rand_augment_ops() { return kOps; }

void RandAugment::check(const Dataset&) const { chosen(from); }

void RandAugment::apply(Image& image, Random& random) const {
  const auto known = chosen(from);
  for (int64_t i = 0; i < ops; ++i) {
    const RandAugmentOp& op = *known[random.below(uint32_t(known.size()))];
    const float sign = op.either_way && random.bernoulli(0.5f) ? -1.0f : 1.0f;
    op.apply(image, sign * float(magnitude) / 30, float(fill));
  }
}

}  // namespace nce::data
