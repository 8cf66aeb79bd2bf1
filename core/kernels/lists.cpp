#include "nce/core/kernels/lists.h"

#include <hwy/cache_control.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/lists.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

constexpr int64_t kAhead = 8;  // entries from a prefetch to its use

// Whether this instruction set can read and write a part of a vector, and leave the rest alone.
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
constexpr bool kMasks = true;
#else
constexpr bool kMasks = false;
#endif

template <class T>
HWY_INLINE const T* row_of(const RowLists<T>& lists, int64_t k) {
  return lists.x + (lists.columns ? int64_t(lists.columns[k]) : k) * lists.width;
}

// Columns c .. c + vectors * lanes of the sum of list i, which has entries begin .. end. With kRest, the last vector
// has only the columns of `rest`. Rows up to `last` may be prefetched.
template <int vectors, bool kRest, class D, class T>
HWY_INLINE void sum_columns(D d, const RowLists<T>& lists, int64_t i, int64_t last, int64_t c, hn::Mask<D> rest,
                            T* out) {
  const int64_t begin = lists.offsets[i], end = lists.offsets[i + 1];
  constexpr int64_t lanes = hn::MaxLanes(D()), line = std::max<int64_t>(1, 64 / int64_t(sizeof(T)) / lanes);
  const auto load = [&](const T* row, int v) {
    if constexpr (kRest && kMasks)
      if (v == vectors - 1) return hn::MaskedLoad(rest, d, row + v * lanes);
    return hn::LoadU(d, row + v * lanes);
  };
  hn::Vec<D> sum[vectors];
  for (int v = 0; v < vectors; ++v) sum[v] = hn::Zero(d);
  if (lists.diagonal != T(0)) {
    const T* row = lists.x + i * lists.width + c;
    for (int v = 0; v < vectors; ++v) sum[v] = hn::Mul(hn::Set(d, lists.diagonal), load(row, v));
  }
  for (int64_t k = begin; k < end; ++k) {
    const T* row = row_of(lists, k) + c;
    if (lists.columns && k + kAhead < last) {
      const T* later = row_of(lists, k + kAhead) + c;
      for (int v = 0; v < vectors; v += line) hwy::Prefetch(later + v * lanes);
    }
    if (lists.values) {
      const auto value = hn::Set(d, lists.values[k]);
      for (int v = 0; v < vectors; ++v) sum[v] = hn::MulAdd(value, load(row, v), sum[v]);
    } else {
      for (int v = 0; v < vectors; ++v) sum[v] = hn::Add(sum[v], load(row, v));
    }
  }
  for (int v = 0; v < vectors; ++v)
    if (kRest && v == vectors - 1)
      hn::BlendedStore(sum[v], rest, d, out + v * lanes);
    else
      hn::StoreU(sum[v], d, out + v * lanes);
}

// The columns from c on, if they are less than a vector: by half vectors, quarters, ..., down to one element.
template <class D, class T>
HWY_INLINE void sum_rest(D, const RowLists<T>& lists, int64_t i, int64_t last, int64_t c, T* out) {
  constexpr int64_t half = hn::MaxLanes(D()) / 2;
  if constexpr (half > 0) {
    const hn::CappedTag<T, size_t(half)> d;
    if (c + half <= lists.width) sum_columns<1, false>(d, lists, i, last, c, hn::FirstN(d, 0), out + c), c += half;
    sum_rest(d, lists, i, last, c, out);
  }
}

template <class T>
void sums(const RowLists<T>& lists, int64_t begin, int64_t end, T* out) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  const int64_t last = lists.offsets[end];
  const auto rest = hn::FirstN(d, size_t(lists.width % lanes));
  const bool whole = lists.width % lanes == 0;
  for (int64_t i = begin; i < end; ++i) {
    T* sum = out + i * lists.width;
    int64_t c = 0;
    for (; c + 8 * lanes <= lists.width; c += 8 * lanes) sum_columns<8, false>(d, lists, i, last, c, rest, sum + c);
    if (c + 4 * lanes <= lists.width) sum_columns<4, false>(d, lists, i, last, c, rest, sum + c), c += 4 * lanes;
    // Up to three vectors and a rest are left. One more pass does them, if a part of a vector can be read and written.
    const int64_t vectors = (lists.width - c) / lanes;
    if (whole || !kMasks) {
      if (vectors == 3) sum_columns<3, false>(d, lists, i, last, c, rest, sum + c);
      if (vectors == 2) sum_columns<2, false>(d, lists, i, last, c, rest, sum + c);
      if (vectors == 1) sum_columns<1, false>(d, lists, i, last, c, rest, sum + c);
      sum_rest(d, lists, i, last, c + vectors * lanes, sum);
    } else {
      if (vectors == 3) sum_columns<4, true>(d, lists, i, last, c, rest, sum + c);
      if (vectors == 2) sum_columns<3, true>(d, lists, i, last, c, rest, sum + c);
      if (vectors == 1) sum_columns<2, true>(d, lists, i, last, c, rest, sum + c);
      if (vectors == 0) sum_columns<1, true>(d, lists, i, last, c, rest, sum + c);
    }
  }
}

template <class T>
void dots(const RowLists<T>& lists, const T* grad, int64_t begin, int64_t end, T* out) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  for (int64_t i = begin; i < end; ++i) {
    const T* g = grad + i * lists.width;
    for (int64_t k = lists.offsets[i]; k < lists.offsets[i + 1]; ++k) {
      const T* row = row_of(lists, k);
      auto one = hn::Zero(d), two = hn::Zero(d);
      int64_t c = 0;
      for (; c + 2 * lanes <= lists.width; c += 2 * lanes) {
        one = hn::MulAdd(hn::LoadU(d, g + c), hn::LoadU(d, row + c), one);
        two = hn::MulAdd(hn::LoadU(d, g + c + lanes), hn::LoadU(d, row + c + lanes), two);
      }
      T total = hn::GetLane(hn::SumOfLanes(d, hn::Add(one, two)));
      for (; c < lists.width; ++c) total += g[c] * row[c];
      out[k] = total;
    }
  }
}

template <class T>
const Lists<T>& table() {
  static constexpr Lists<T> kernels{.sums = sums<T>, .dots = dots<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(Lists, lists)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(Lists, lists)
}  // namespace nce::kernels
#endif
