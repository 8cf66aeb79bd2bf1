#include "nce/core/kernels/resize.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/resize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

#ifndef NCE_CORE_KERNELS_RESIZE_PLACES  // once, not once per instruction set
#define NCE_CORE_KERNELS_RESIZE_PLACES
namespace nce::kernels {
// The parts of the scratch memory. Each starts at a cache line.
struct Places {
  Places(const ByteBox& box, int height, int width)
      : length(int64_t(box.width) * box.channels), tall(lines(height)) {
    strip = lines(box.height * box.row_bytes);
    turned = strip + lines(4 * length);
    taps = turned + tall * length;
    end = taps + 8 * (int64_t(height) + width);
  }
  static int64_t lines(int64_t floats) { return (floats + 15) / 16 * 16; }
  int64_t length, tall;  // floats in a row of the box, and between columns once it is turned
  int64_t strip, turned, taps, end;
};
}  // namespace nce::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls body(tag, i) for whole vectors, each from element i on. The last vector may overlap the one before; the body
// must allow that.
template <class Body>
HWY_INLINE void for_overlapping(int64_t n, Body body) {
  const hn::ScalableTag<float> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  if (n < lanes) return for_vectors<float>(n, body);
  for (int64_t i = 0; i + lanes < n; i += lanes) body(d, i);
  body(d, n - lanes);
}

// The lines that each of `to` results reads, and their weights. Tap k of result i is at k * to + i.
struct Taps {
  int32_t* at;
  float* weight;
  int64_t to;
};

HWY_INLINE void bicubic_taps(int from, float scale, const Taps& taps) {
  for_vectors<float>(taps.to, [&](auto d, int64_t i) {
    using V = decltype(hn::Zero(d));
    const hn::RebindToSigned<decltype(d)> di;
    const V zero = hn::Zero(d), one = hn::Set(d, 1.0f), half = hn::Set(d, 0.5f), end = hn::Set(d, float(from));
    const V centre = hn::Div(hn::Mul(hn::Add(hn::Iota(d, float(i)), half), end), hn::Set(d, float(taps.to)));
    const V first = hn::Floor(hn::Sub(centre, hn::Set(d, 1.5f)));
    V weights[4], sum = zero;
    for (int k = 0; k < 4; ++k) {
      const V at = hn::Add(first, hn::Set(d, float(k)));
      const V x = hn::Abs(hn::Sub(hn::Add(at, half), centre));
      // Keys' kernel: (1.5 x - 2.5) x^2 + 1 below 1, ((-0.5 x + 2.5) x - 4) x + 2 below 2.
      const V near = hn::MulAdd(hn::Mul(hn::MulAdd(hn::Set(d, 1.5f), x, hn::Set(d, -2.5f)), x), x, one);
      const V inner = hn::MulAdd(hn::MulAdd(hn::Set(d, -0.5f), x, hn::Set(d, 2.5f)), x, hn::Set(d, -4.0f));
      const V far = hn::MulAdd(inner, x, hn::Set(d, 2.0f));
      const V cubic = hn::IfThenElse(hn::Lt(x, one), near, hn::IfThenElseZero(hn::Lt(x, hn::Set(d, 2.0f)), far));
      weights[k] = hn::IfThenElseZero(hn::And(hn::Ge(at, zero), hn::Lt(at, end)), cubic);
      sum = hn::Add(sum, weights[k]);
      hn::StoreU(hn::ConvertTo(di, hn::Min(hn::Max(at, zero), hn::Sub(end, one))), di, taps.at + k * taps.to + i);
    }
    const V share = hn::Div(hn::Set(d, scale), sum);
    for (int k = 0; k < 4; ++k) hn::StoreU(hn::Mul(weights[k], share), d, taps.weight + k * taps.to + i);
  });
}

// Line i of the result: a weighted sum of four lines, which are `step` apart.
struct Blend {
  HWY_INLINE Blend(const float* lines, int64_t step, const Taps& taps, int64_t i) {
    for (int k = 0; k < 4; ++k) {
      line[k] = lines + taps.at[k * taps.to + i] * step;
      weight[k] = taps.weight[k * taps.to + i];
    }
  }
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int64_t x) const {
    auto sum = hn::Mul(hn::Set(d, weight[0]), hn::LoadU(d, line[0] + x));
    for (int k = 1; k < 4; ++k) sum = hn::MulAdd(hn::Set(d, weight[k]), hn::LoadU(d, line[k] + x), sum);
    return sum;
  }
  const float* line[4];
  float weight[4];
};

// Transposes (4, n) to (n, 4) with rows `step` apart: to[i * step + j] = map(tag, rows[j][i], j).
template <class Map>
HWY_INLINE void turn(const float* const (&rows)[4], int64_t n, float* to, int64_t step, Map map) {
#if HWY_TARGET != HWY_SCALAR
  if (n >= 4) {
    const hn::Full128<float> d;
    const auto block = [&](int64_t i) {
      const auto r0 = map(d, hn::LoadU(d, rows[0] + i), 0), r1 = map(d, hn::LoadU(d, rows[1] + i), 1);
      const auto r2 = map(d, hn::LoadU(d, rows[2] + i), 2), r3 = map(d, hn::LoadU(d, rows[3] + i), 3);
      const auto a = hn::InterleaveLower(d, r0, r2), b = hn::InterleaveUpper(d, r0, r2);
      const auto c = hn::InterleaveLower(d, r1, r3), e = hn::InterleaveUpper(d, r1, r3);
      hn::StoreU(hn::InterleaveLower(d, a, c), d, to + i * step);
      hn::StoreU(hn::InterleaveUpper(d, a, c), d, to + (i + 1) * step);
      hn::StoreU(hn::InterleaveLower(d, b, e), d, to + (i + 2) * step);
      hn::StoreU(hn::InterleaveUpper(d, b, e), d, to + (i + 3) * step);
    };
    for (int64_t i = 0; i + 4 < n; i += 4) block(i);
    return block(n - 4);  // may overlap the block before
  }
#endif
  const hn::CappedTag<float, 1> one;
  for (int64_t i = 0; i < n; ++i)
    for (int j = 0; j < 4; ++j) hn::StoreU(map(one, hn::LoadU(one, rows[j] + i), j), one, to + i * step + j);
}

void resize_bicubic(const ByteBox& box, int height, int width, float* columns, float* scratch) {
  const Places places(box, height, width);
  const int64_t length = places.length, tall = places.tall;
  float *source = scratch, *strip = scratch + places.strip, *turned = scratch + places.turned;
  const Taps down{reinterpret_cast<int32_t*>(scratch + places.taps), scratch + places.taps + 4 * height, height};
  const Taps across{reinterpret_cast<int32_t*>(down.weight + 4 * height), down.weight + 4 * (height + width),
                    width};
  bicubic_taps(box.height, 1.0f / 255, down);
  bicubic_taps(box.width, 1, across);

  for_overlapping((box.height - 1) * box.row_bytes + length, [=](auto d, int64_t i) {
    const hn::RebindToSigned<decltype(d)> di;
    const hn::Rebind<uint8_t, decltype(d)> db;
    hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(db, box.data + i))), d, source + i);
  });
  const float* const rows[] = {strip, strip + length, strip + 2 * length, strip + 3 * length};
  for (int64_t y = 0; y < height; y += 4) {
    for (int64_t j = 0; j < std::min<int64_t>(4, height - y); ++j) {
      const Blend blend(source, box.row_bytes, down, y + j);
      float* to = strip + j * length;
      for_overlapping(length, [&](auto d, int64_t x) { hn::StoreU(blend(d, x), d, to + x); });
    }
    turn(rows, length, turned + y, tall, [](auto, auto v, int) { return v; });
  }
  for (int64_t x = 0; x < width; ++x)
    for (int64_t c = 0; c < box.channels; ++c) {
      const Blend blend(turned + c * tall, box.channels * tall, across, x);
      float* to = columns + (c * width + x) * height;
      for_overlapping(height, [&](auto d, int64_t y) {
        hn::StoreU(hn::Min(hn::Max(blend(d, y), hn::Zero(d)), hn::Set(d, 1.0f)), d, to + y);
      });
    }
}

void columns_to_pixels(const float* columns, int height, int width, int channels, bool mirrored, const float* scale,
                       const float* shift, float* out) {
  const int64_t length = int64_t(width) * channels;
  // Column i of the output: channel i % channels of pixel i / channels.
  const auto column = [=](int64_t i) {
    const int64_t x = i / channels, c = i % channels;
    return columns + (c * width + (mirrored ? width - 1 - x : x)) * height;
  };
  if (length < 4) {
    for (int64_t i = 0; i < length; ++i)
      for (int64_t y = 0; y < height; ++y)
        out[y * length + i] = scale[i % channels] * column(i)[y] + shift[i % channels];
    return;
  }
  for (int64_t begin = 0; begin < length; begin += 4) {
    const int64_t i = std::min(begin, length - 4);
    const float* const rows[] = {column(i), column(i + 1), column(i + 2), column(i + 3)};
    float a[4], b[4];
    for (int64_t j = 0; j < 4; ++j) a[j] = scale[(i + j) % channels], b[j] = shift[(i + j) % channels];
    turn(rows, height, out + i, length,
         [&](auto d, auto v, int j) { return hn::MulAdd(hn::Set(d, a[j]), v, hn::Set(d, b[j])); });
  }
}

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

HWY_EXPORT(resize_bicubic);
HWY_EXPORT(columns_to_pixels);

int64_t resize_scratch(const ByteBox& box, int height, int width) { return Places(box, height, width).end; }

void resize_bicubic(const ByteBox& box, int height, int width, float* columns, float* scratch) {
  HWY_DYNAMIC_DISPATCH(resize_bicubic)(box, height, width, columns, scratch);
}

void columns_to_pixels(const float* columns, int height, int width, int channels, bool mirrored, const float* scale,
                       const float* shift, float* out) {
  HWY_DYNAMIC_DISPATCH(columns_to_pixels)(columns, height, width, channels, mirrored, scale, shift, out);
}

}  // namespace nce::kernels
#endif  // HWY_ONCE
