#include "nce/core/kernels/products.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/products.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

// Rows of a register tile, each two vectors wide. So the sums fill all registers but four.
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
constexpr int kRows = 14;
#elif HWY_ARCH_WASM  // a product needs a register before it is added
constexpr int kRows = 4;
#else
constexpr int kRows = 6;
#endif

// Calls body(0), ..., body(n - 1) with constants. Then arrays of vectors can be kept in registers, if every lambda that
// uses them is inlined. The compiler must be told to do so.
#define NCE_INLINED __attribute__((always_inline))
template <class Body, int... i>
HWY_INLINE void unrolled_over(const Body& body, std::integer_sequence<int, i...>) {
  (body(std::integral_constant<int, i>()), ...);
}
template <int n, class Body>
HWY_INLINE void unrolled(const Body& body) {
  unrolled_over(body, std::make_integer_sequence<int, n>());
}

template <int kVectors, class T>
HWY_INLINE void inner_tile(const T* const* patch, const Run* runs, int64_t run_count, const T* HWY_RESTRICT weights,
                           const T* bias, T* const* out, int64_t rows, int64_t width, bool stream) {
  const hn::ScalableTag<T> d;
  constexpr int64_t n = hn::MaxLanes(d);
  using V = hn::Vec<decltype(d)>;
  V sum[kRows * kVectors];
  unrolled<kVectors>([&](auto v) NCE_INLINED {
    V start = hn::Zero(d);
    if (bias) {
      HWY_ALIGN T padded[n] = {};
      for (int64_t j = 0; j < std::min(n, width - v * n); ++j) padded[j] = bias[v * n + j];
      start = hn::Load(d, padded);
    }
    unrolled<kRows>([&](auto i) NCE_INLINED { sum[i * kVectors + v] = start; });
  });
  for (int64_t r = 0; r < run_count; ++r) {
    const int64_t begin = runs[r].offset, end = begin + runs[r].length;
    for (int64_t k = begin; k < end; ++k, weights += 2 * n) {
      V w[kVectors];
      unrolled<kVectors>([&](auto v) NCE_INLINED { w[v] = hn::Load(d, weights + v * n); });
      unrolled<kRows>([&](auto i) NCE_INLINED {
        const V x = hn::Set(d, patch[i][k]);
        unrolled<kVectors>([&](auto v)
                               NCE_INLINED { sum[i * kVectors + v] = hn::MulAdd(x, w[v], sum[i * kVectors + v]); });
      });
    }
  }
  if (width >= kVectors * n) {
    unrolled<kRows>([&](auto i) NCE_INLINED {
      if (i < rows)
        unrolled<kVectors>([&](auto v) NCE_INLINED { put(d, sum[i * kVectors + v], out[i] + v * n, stream); });
    });
    return;
  }
  unrolled<kRows>([&](auto i) NCE_INLINED {
    HWY_ALIGN T row[kVectors * n];
    unrolled<kVectors>([&](auto v) NCE_INLINED { hn::Store(sum[i * kVectors + v], d, row + v * n); });
    if (i < rows) std::copy_n(row, width, out[i]);
  });
}

template <class T>
void inner(const T* source, const int64_t* at, int64_t pixels, const Run* runs, int64_t run_count, const T* packed,
           int64_t depth, int64_t width, const T* bias, T* out, const int64_t* to, bool stream) {
  constexpr int64_t n = hn::MaxLanes(hn::ScalableTag<T>());
  for (int64_t o = 0; o < width; o += 2 * n, packed += depth * 2 * n) {
    for (int64_t p = 0; p < pixels; p += kRows) {
      const int64_t rows = std::min<int64_t>(kRows, pixels - p);
      const T* patch[kRows];
      T* target[kRows];
      for (int64_t i = 0; i < kRows; ++i) {  // the last pixel fills up the last tile; its sum is stored once
        const int64_t pixel = p + std::min(i, rows - 1);
        patch[i] = source + at[pixel], target[i] = out + to[pixel] + o;
      }
      const T* start = bias ? bias + o : nullptr;
      if (width - o > n)
        inner_tile<2>(patch, runs, run_count, packed, start, target, rows, width - o, stream);
      else
        inner_tile<1>(patch, runs, run_count, packed, start, target, rows, width - o, stream);
    }
  }
  if (stream) hwy::FlushStream();
}

template <int kRows, int kVectors, bool kConsecutive, class T>
HWY_INLINE void outer_tile(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps,
                           const T* HWY_RESTRICT grad, int64_t grad_step, int64_t width, bool add,
                           T* HWY_RESTRICT sums, int64_t rows) {
  const hn::ScalableTag<T> d;
  constexpr int64_t n = hn::MaxLanes(d);
  using V = hn::Vec<decltype(d)>;
  int64_t offset[kRows];
  for (int64_t i = 0; i < kRows; ++i) offset[i] = taps[std::min(i, rows - 1)];
  if (add)  // the sums are not in L1
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t v = 0; v < kVectors; ++v) hwy::Prefetch(sums + i * width + v * n);
  const T* first = source + offset[0];
  V sum[kRows * kVectors];
  unrolled<kRows * kVectors>([&](auto i) NCE_INLINED { sum[i] = hn::Zero(d); });
  for (int64_t p = 0; p < pixels; ++p, grad += grad_step) {
    V g[kVectors];
    unrolled<kVectors>([&](auto v) NCE_INLINED { g[v] = hn::LoadU(d, grad + v * n); });
    const T* patch = (kConsecutive ? first : source) + at[p];
    unrolled<kRows>([&](auto i) NCE_INLINED {
      const V x = hn::Set(d, kConsecutive ? patch[i] : patch[offset[i]]);
      unrolled<kVectors>([&](auto v)
                             NCE_INLINED { sum[i * kVectors + v] = hn::MulAdd(x, g[v], sum[i * kVectors + v]); });
    });
  }
  unrolled<kRows>([&](auto i) NCE_INLINED {
    if (i < rows)
      unrolled<kVectors>([&](auto v) NCE_INLINED {
        T* to = sums + i * width + v * n;
        const V s = sum[i * kVectors + v];
        hn::StoreU(add ? hn::Add(hn::LoadU(d, to), s) : s, d, to);
      });
  });
}

// The rows of the next tile if `rows` are left: equal parts of at most kRows.
HWY_INLINE int64_t even_share(int64_t rows) {
  const int64_t tiles = (rows + kRows - 1) / kRows;
  return (rows + tiles - 1) / tiles;
}

template <int kTile, class T>
HWY_INLINE void outer_rows(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps, int64_t rows,
                           const Columns<T>& grad, int64_t width, bool add, T* sums) {
  constexpr int64_t n = hn::MaxLanes(hn::ScalableTag<T>());
  const bool consecutive = rows == kTile && taps[rows - 1] - taps[0] == rows - 1;
  const T* g = grad.data;
  for (int64_t o = 0; o < width; o += 2 * n, g += grad.panel_step, sums += 2 * n) {
    if (width - o <= n)
      outer_tile<kTile, 1, false>(source, at, pixels, taps, g, grad.step, width, add, sums, rows);
    else if (consecutive)
      outer_tile<kTile, 2, true>(source, at, pixels, taps, g, grad.step, width, add, sums, rows);
    else
      outer_tile<kTile, 2, false>(source, at, pixels, taps, g, grad.step, width, add, sums, rows);
  }
}

template <class T>
void outer(const T* source, const int64_t* at, int64_t pixels, const int64_t* taps, int64_t depth,
           const Columns<T>& grad, int64_t width, bool add, T* sums) {
  constexpr int kLess = kRows - (kRows > 6 ? 3 : 1);  // 32 rows are 3 x 11
  for (int64_t k = 0, rows; k < depth; k += rows) {
    rows = even_share(depth - k);
    if (rows > kLess)
      if (rows == kRows)
        outer_rows<kRows>(source, at, pixels, taps + k, rows, grad, width, add, sums + k * width);
      else
        outer_rows<kRows - 1>(source, at, pixels, taps + k, rows, grad, width, add, sums + k * width);
    else
      outer_rows<kLess>(source, at, pixels, taps + k, rows, grad, width, add, sums + k * width);
  }
}

#undef NCE_INLINED

template <class T>
const Products<T>& table() {
  static constexpr Products<T> kernels{
      .vector_length = hn::MaxLanes(hn::ScalableTag<T>()), .inner = inner<T>, .outer = outer<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(Products, products)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(Products, products)
}  // namespace nce::kernels
#endif
