#include "nce/core/kernels/colour.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/colour.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <class D, class V>
HWY_INLINE V clamp(D d, V x, V most) {
  return hn::Min(hn::Max(x, hn::Zero(d)), most);
}

template <class D, class V>
HWY_INLINE V grey_of(D d, V r, V g, V b) {
  return hn::MulAdd(hn::Set(d, 0.2989f), r, hn::MulAdd(hn::Set(d, 0.587f), g, hn::Mul(hn::Set(d, 0.114f), b)));
}

void scale_clamped(float* x, int64_t n, float factor, float shift) {
  for_vectors<float>(n, [=](auto d, int64_t i) {
    const auto y = hn::MulAdd(hn::Set(d, factor), hn::LoadU(d, x + i), hn::Set(d, shift));
    hn::StoreU(clamp(d, y, hn::Set(d, 1.0f)), d, x + i);
  });
}

double sum(const float* x, int64_t n) {
  return sum_of_vectors<float>(n, [=](auto d, int64_t i) { return hn::LoadU(d, x + i); });
}

double grey_sum(const Rgb& m, int64_t n) {
  return sum_of_vectors<float>(n, [=](auto d, int64_t i) {
    return grey_of(d, hn::LoadU(d, m.red + i), hn::LoadU(d, m.green + i), hn::LoadU(d, m.blue + i));
  });
}

void saturate(const Rgb& m, int64_t n, float factor) {
  for_vectors<float>(n, [=](auto d, int64_t i) {
    const auto r = hn::LoadU(d, m.red + i), g = hn::LoadU(d, m.green + i), b = hn::LoadU(d, m.blue + i);
    const auto scale = hn::Set(d, factor), one = hn::Set(d, 1.0f);
    const auto shift = hn::Mul(hn::Set(d, 1 - factor), grey_of(d, r, g, b));
    hn::StoreU(clamp(d, hn::MulAdd(scale, r, shift), one), d, m.red + i);
    hn::StoreU(clamp(d, hn::MulAdd(scale, g, shift), one), d, m.green + i);
    hn::StoreU(clamp(d, hn::MulAdd(scale, b, shift), one), d, m.blue + i);
  });
}

// HSV's hue h is in sixths of the circle. c = largest - least is the chroma. If red, green or blue is the largest, h is
// 0, 2 or 4, plus (difference of the other two) / c. Back again:
//   red   = least + c clamp(|h - 3| - 1, 0, 1)
//   green = least + c clamp(2 - |h - 2|, 0, 1)
//   blue  = least + c clamp(2 - |h - 4|, 0, 1)
// Here everything is multiplied by c: c h instead of h. This needs no division, and no special case for c = 0.
void shift_hue(const Rgb& m, int64_t n, float shift) {
  const float turn = 6 * shift + (6 * shift < 1 ? 6.0f : 0.0f);  // 1 .. 7, so h is in 0 .. 12
  for_vectors<float>(n, [=](auto d, int64_t i) {
    const auto r = hn::LoadU(d, m.red + i), g = hn::LoadU(d, m.green + i), b = hn::LoadU(d, m.blue + i);
    const auto largest = hn::Max(hn::Max(r, g), b), least = hn::Min(hn::Min(r, g), b);
    const auto c = hn::Sub(largest, least), zero = hn::Zero(d);
    const auto red = hn::Eq(r, largest), green = hn::Eq(g, largest);
    const auto ahead = hn::IfThenElse(red, hn::Sub(g, b), hn::IfThenElse(green, hn::Sub(b, r), hn::Sub(r, g)));
    const auto base =
        hn::IfThenElse(red, hn::Set(d, turn), hn::IfThenElse(green, hn::Set(d, turn + 2), hn::Set(d, turn + 4)));
    const auto c2 = hn::Add(c, c), c4 = hn::Add(c2, c2), c6 = hn::Add(c4, c2), c3 = hn::Add(c2, c);
    auto h = hn::MulAdd(c, base, ahead);
    h = hn::Sub(h, hn::IfThenElseZero(hn::Ge(h, c6), c6));
    const auto part = [&](auto x) { return hn::Add(least, hn::Min(hn::Max(x, zero), c)); };
    hn::StoreU(part(hn::Sub(hn::Abs(hn::Sub(h, c3)), c)), d, m.red + i);
    hn::StoreU(part(hn::Sub(c2, hn::Abs(hn::Sub(h, c2)))), d, m.green + i);
    hn::StoreU(part(hn::Sub(c2, hn::Abs(hn::Sub(h, c4)))), d, m.blue + i);
  });
}

void drop_colour(const Rgb& m, int64_t n) {
  for_vectors<float>(n, [=](auto d, int64_t i) {
    const auto grey = grey_of(d, hn::LoadU(d, m.red + i), hn::LoadU(d, m.green + i), hn::LoadU(d, m.blue + i));
    for (float* plane : {m.red, m.green, m.blue}) hn::StoreU(grey, d, plane + i);
  });
}

constexpr Colour kColour{.scale_clamped = scale_clamped,
                         .sum = sum,
                         .grey_sum = grey_sum,
                         .saturate = saturate,
                         .shift_hue = shift_hue,
                         .drop_colour = drop_colour};
}  // namespace
const Colour& colour_of_target() { return kColour; }

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
HWY_EXPORT(colour_of_target);
const Colour& colour() { return HWY_DYNAMIC_DISPATCH(colour_of_target)(); }
}  // namespace nce::kernels
#endif
