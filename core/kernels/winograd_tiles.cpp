#include "nce/core/kernels/winograd_tiles.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/winograd_tiles.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

// Each transform is a matrix product along one dimension, then along the other. a = sqrt(1/2), b = sqrt(2).
constexpr double kA = 0.70710678118654752440, kB = 1.41421356237309504880;

//       1   0  -5/2  0   1  0
//       0 -2a   -2   a   1  0
// B^T = 0  2a   -2  -a   1  0
//       0 -b/2 -1/2  b   1  0
//       0  b/2 -1/2 -b   1  0
//       0   1    0 -5/2  0  1
template <class D, class V = hn::Vec<D>>
HWY_INLINE void to_points(D d, const V (&x)[6], V (&y)[6]) {
  using T = hn::TFromD<D>;
  const V a = hn::Set(d, T(kA)), b = hn::Set(d, T(kB)), two = hn::Set(d, T(2)), half = hn::Set(d, T(0.5)),
          middle = hn::Set(d, T(2.5));
  const V even_a = hn::NegMulAdd(two, x[2], x[4]), odd_a = hn::NegMulAdd(two, x[1], x[3]);
  const V even_b = hn::NegMulAdd(half, x[2], x[4]), odd_b = hn::NegMulAdd(half, x[1], x[3]);
  y[0] = hn::NegMulAdd(middle, x[2], hn::Add(x[0], x[4]));
  y[1] = hn::MulAdd(a, odd_a, even_a), y[2] = hn::NegMulAdd(a, odd_a, even_a);
  y[3] = hn::MulAdd(b, odd_b, even_b), y[4] = hn::NegMulAdd(b, odd_b, even_b);
  y[5] = hn::NegMulAdd(middle, x[3], hn::Add(x[1], x[5]));
}

//       1  1    1     1   1  0
// A^T = 0  a   -a     b  -b  0
//       0 1/2  1/2    2   2  0
//       0 a/2 -a/2   2b -2b  1
template <class D, class V = hn::Vec<D>>
HWY_INLINE void from_points(D d, const V (&m)[6], V (&y)[4]) {
  using T = hn::TFromD<D>;
  const V two = hn::Set(d, T(2)), half = hn::Set(d, T(0.5));
  const V sum_a = hn::Add(m[1], m[2]), sum_b = hn::Add(m[3], m[4]);
  const V odd_a = hn::Mul(hn::Set(d, T(kA)), hn::Sub(m[1], m[2])),
          odd_b = hn::Mul(hn::Set(d, T(kB)), hn::Sub(m[3], m[4]));
  y[0] = hn::Add(m[0], hn::Add(sum_a, sum_b)), y[1] = hn::Add(odd_a, odd_b);
  y[2] = hn::MulAdd(half, sum_a, hn::Mul(two, sum_b));
  y[3] = hn::MulAdd(half, odd_a, hn::MulAdd(two, odd_b, m[5]));
}

// A.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void gradient_to_points(D d, const V (&g)[4], V (&y)[6]) {
  using T = hn::TFromD<D>;
  const V a = hn::Set(d, T(kA)), b = hn::Set(d, T(kB)), two = hn::Set(d, T(2)), half = hn::Set(d, T(0.5));
  const V even_a = hn::MulAdd(half, g[2], g[0]), odd_a = hn::MulAdd(half, g[3], g[1]);
  const V even_b = hn::MulAdd(two, g[2], g[0]), odd_b = hn::MulAdd(two, g[3], g[1]);
  y[0] = g[0], y[5] = g[3];
  y[1] = hn::MulAdd(a, odd_a, even_a), y[2] = hn::NegMulAdd(a, odd_a, even_a);
  y[3] = hn::MulAdd(b, odd_b, even_b), y[4] = hn::NegMulAdd(b, odd_b, even_b);
}

//       1 -2/3 -2/3  1/6  1/6  0
// G^T = 0 -2a/3 2a/3 b/6 -b/6  0
//       0 -1/3 -1/3  1/3  1/3  1
template <class D, class V = hn::Vec<D>>
HWY_INLINE void taps_to_points(D d, const V (&g)[3], V (&y)[6]) {
  using T = hn::TFromD<D>;
  const V even_a = hn::MulAdd(hn::Set(d, T(-2.0 / 3)), g[0], hn::Mul(hn::Set(d, T(-1.0 / 3)), g[2]));
  const V even_b = hn::MulAdd(hn::Set(d, T(1.0 / 6)), g[0], hn::Mul(hn::Set(d, T(1.0 / 3)), g[2]));
  const V a = hn::Set(d, T(2 * kA / 3)), b = hn::Set(d, T(kB / 6));
  y[0] = g[0], y[5] = g[2];
  y[1] = hn::NegMulAdd(a, g[1], even_a), y[2] = hn::MulAdd(a, g[1], even_a);
  y[3] = hn::MulAdd(b, g[1], even_b), y[4] = hn::NegMulAdd(b, g[1], even_b);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE void points_to_taps(D d, const V (&m)[6], V (&y)[3]) {
  using T = hn::TFromD<D>;
  const V sum_a = hn::Add(m[1], m[2]), sum_b = hn::Add(m[3], m[4]);
  const V odd_a = hn::Sub(m[2], m[1]), odd_b = hn::Sub(m[3], m[4]);
  y[0] = hn::MulAdd(hn::Set(d, T(-2.0 / 3)), sum_a, hn::MulAdd(hn::Set(d, T(1.0 / 6)), sum_b, m[0]));
  y[1] = hn::MulAdd(hn::Set(d, T(2 * kA / 3)), odd_a, hn::Mul(hn::Set(d, T(kB / 6)), odd_b));
  y[2] = hn::MulAdd(hn::Set(d, T(1.0 / 3)), hn::Sub(sum_b, sum_a), m[5]);
}

// put(y, x, element of M P M^T) for a patch P (in, in), read by at(y, x). `along` multiplies by M in one dimension.
template <int in, int out, class D, class Along, class At, class Put>
HWY_INLINE void transform(D d, Along along, At at, Put put) {
  using V = hn::Vec<D>;
  V rows[out][in];
  for (int x = 0; x < in; ++x) {
    V column[in], points[out];
    for (int y = 0; y < in; ++y) column[y] = at(y, x);
    along(d, column, points);
    for (int y = 0; y < out; ++y) rows[y][x] = points[y];
  }
  for (int y = 0; y < out; ++y) {
    V points[out];
    along(d, rows[y], points);
    for (int x = 0; x < out; ++x) put(y, x, points[x]);
  }
}

#define NCE_ALONG(function) [](auto tag, const auto& from, auto& to) { function(tag, from, to); }

template <class T>
void input(const T* const* pixels, int64_t channels, T* to, int64_t plane) {
  for_vectors<T>(channels, [=](auto d, int64_t c) {
    transform<6, 6>(
        d, NCE_ALONG(to_points), [=](int y, int x) { return hn::LoadU(d, pixels[6 * y + x] + c); },
        [=](int y, int x, auto v) { hn::StoreU(v, d, to + (6 * y + x) * plane + c); });
  });
}

template <class T>
void gradient(const T* const* pixels, int64_t channels, T* to, int64_t plane, int64_t panel, int64_t panel_step) {
  for (int64_t first = 0; first < channels; first += panel, to += panel_step)
    for_vectors<T>(std::min(panel, channels - first), [=](auto d, int64_t c) {
      transform<4, 6>(
          d, NCE_ALONG(gradient_to_points),
          [=](int y, int x) { return hn::LoadU(d, pixels[4 * y + x] + first + c); },
          [=](int y, int x, auto v) { hn::StoreU(v, d, to + (6 * y + x) * plane + c); });
    });
}

template <class T>
void output(const T* from, int64_t plane, int64_t channels, const T* bias, T* to, int64_t row, int64_t rows,
            int64_t columns, bool stream) {
  for_vectors<T>(channels, [=](auto d, int64_t c) {
    const auto start = bias ? hn::LoadU(d, bias + c) : hn::Zero(d);
    transform<6, 4>(
        d, NCE_ALONG(from_points), [=](int y, int x) { return hn::LoadU(d, from + (6 * y + x) * plane + c); },
        [=](int y, int x, auto v) {
          if (y < rows && x < columns) put(d, hn::Add(start, v), to + y * row + x * channels + c, stream);
        });
  });
}

template <class T>
void weights(const T* taps, int64_t step, int64_t n, T* to, int64_t plane) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    transform<3, 6>(
        d, NCE_ALONG(taps_to_points), [=](int y, int x) { return hn::LoadU(d, taps + (3 * y + x) * step + i); },
        [=](int y, int x, auto v) { hn::StoreU(v, d, to + (6 * y + x) * plane + i); });
  });
}

template <class T>
void taps(const T* from, int64_t plane, int64_t n, T* to, int64_t step) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    transform<6, 3>(
        d, NCE_ALONG(points_to_taps), [=](int y, int x) { return hn::LoadU(d, from + (6 * y + x) * plane + i); },
        [=](int y, int x, auto v) { hn::StoreU(v, d, to + (3 * y + x) * step + i); });
  });
}

#undef NCE_ALONG

template <class T>
const WinogradTiles<T>& table() {
  static constexpr WinogradTiles<T> kernels{
      .input = input<T>, .gradient = gradient<T>, .output = output<T>, .weights = weights<T>, .taps = taps<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(WinogradTiles, winograd_tiles)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(WinogradTiles, winograd_tiles)
}  // namespace nce::kernels
#endif
