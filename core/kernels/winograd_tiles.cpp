#include "nce/core/kernels/winograd_tiles.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/winograd_tiles.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h: made once a target.
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void input_of(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane) {
  for (int64_t tile = 0; tile < tiles; ++tile, strip += 2 * channels, to += channels)
    for_vectors<T>(channels, [=](auto d, int64_t c) {
      using V = hn::Vec<decltype(d)>;
      const auto at = [=](int64_t y, int64_t x) { return hn::LoadU(d, strip + (y * width + x) * channels + c); };
      V rows[4][4];  // B^T d
      for (int64_t x = 0; x < 4; ++x) {
        const V d0 = at(0, x), d1 = at(1, x), d2 = at(2, x), d3 = at(3, x);
        rows[0][x] = hn::Sub(d0, d2), rows[1][x] = hn::Add(d1, d2);
        rows[2][x] = hn::Sub(d2, d1), rows[3][x] = hn::Sub(d1, d3);
      }
      for (int64_t y = 0; y < 4; ++y) {
        T* out = to + 4 * y * plane + c;
        const V* r = rows[y];
        hn::StoreU(hn::Sub(r[0], r[2]), d, out);
        hn::StoreU(hn::Add(r[1], r[2]), d, out + plane);
        hn::StoreU(hn::Sub(r[2], r[1]), d, out + 2 * plane);
        hn::StoreU(hn::Sub(r[1], r[3]), d, out + 3 * plane);
      }
    });
}

template <class T>
HWY_INLINE void gradient_of(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane,
                            int64_t step) {
  for (int64_t tile = 0; tile < tiles; ++tile, strip += 2 * channels, to += step)
    for_vectors<T>(channels, [=](auto d, int64_t c) {
      using V = hn::Vec<decltype(d)>;
      const auto at = [=](int64_t y, int64_t x) { return hn::LoadU(d, strip + (y * width + x) * channels + c); };
      V rows[4][2];  // A g
      for (int64_t x = 0; x < 2; ++x) {
        const V g0 = at(0, x), g1 = at(1, x);
        rows[0][x] = g0, rows[1][x] = hn::Add(g0, g1), rows[2][x] = hn::Sub(g0, g1), rows[3][x] = hn::Neg(g1);
      }
      for (int64_t y = 0; y < 4; ++y) {
        T* out = to + 4 * y * plane + c;
        const V* r = rows[y];
        hn::StoreU(r[0], d, out);
        hn::StoreU(hn::Add(r[0], r[1]), d, out + plane);
        hn::StoreU(hn::Sub(r[0], r[1]), d, out + 2 * plane);
        hn::StoreU(hn::Neg(r[1]), d, out + 3 * plane);
      }
    });
}

template <class T>
HWY_INLINE void output_of(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t rows,
                          int64_t columns) {
  for (int64_t x = 0; x < columns; x += 2, from += channels) {
    const int64_t across = std::min<int64_t>(2, columns - x);
    for_vectors<T>(channels, [=](auto d, int64_t c) {
      using V = hn::Vec<decltype(d)>;
      const auto at = [=](int64_t k) { return hn::LoadU(d, from + k * plane + c); };
      const V start = bias ? hn::LoadU(d, bias + c) : hn::Zero(d);
      V half[2][4];  // A^T m
      for (int64_t k = 0; k < 4; ++k) {
        const V m0 = at(k), m1 = at(4 + k), m2 = at(8 + k), m3 = at(12 + k);
        half[0][k] = hn::Add(hn::Add(m0, m1), m2), half[1][k] = hn::Sub(hn::Sub(m1, m2), m3);
      }
      for (int64_t y = 0; y < rows; ++y) {
        const V* h = half[y];
        T* out = to + (y * columns + x) * channels + c;
        hn::StoreU(hn::Add(start, hn::Add(hn::Add(h[0], h[1]), h[2])), d, out);
        if (across == 2) hn::StoreU(hn::Add(start, hn::Sub(hn::Sub(h[1], h[2]), h[3])), d, out + channels);
      }
    });
  }
}

#define NCE_FOR_TYPE(T, name)                                                                                \
  void input_##name(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane) {  \
    input_of(strip, width, channels, tiles, to, plane);                                                      \
  }                                                                                                          \
  void gradient_##name(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane, \
                       int64_t step) {                                                                       \
    gradient_of(strip, width, channels, tiles, to, plane, step);                                             \
  }                                                                                                          \
  void output_##name(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t rows,     \
                     int64_t w) {                                                                            \
    output_of(from, plane, channels, bias, to, rows, w);                                                     \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

#define NCE_FOR_TYPE(T, name)                                                                                  \
  HWY_EXPORT(input_##name);                                                                                    \
  HWY_EXPORT(gradient_##name);                                                                                 \
  HWY_EXPORT(output_##name);                                                                                   \
  template <>                                                                                                  \
  void winograd_input(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane) {  \
    HWY_DYNAMIC_DISPATCH(input_##name)(strip, width, channels, tiles, to, plane);                              \
  }                                                                                                            \
  template <>                                                                                                  \
  void winograd_gradient(const T* strip, int64_t width, int64_t channels, int64_t tiles, T* to, int64_t plane, \
                         int64_t step) {                                                                       \
    HWY_DYNAMIC_DISPATCH(gradient_##name)(strip, width, channels, tiles, to, plane, step);                     \
  }                                                                                                            \
  template <>                                                                                                  \
  void winograd_output(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t rows,     \
                       int64_t w) {                                                                            \
    HWY_DYNAMIC_DISPATCH(output_##name)(from, plane, channels, bias, to, rows, w);                             \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels
#endif  // HWY_ONCE
