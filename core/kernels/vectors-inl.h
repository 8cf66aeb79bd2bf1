// The loops of most kernels, over dense rows of any length and alignment. Included by kernels after highway.h, once
// per instruction set; hence Highway's toggle in place of #pragma once.
#if defined(NCE_CORE_KERNELS_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef NCE_CORE_KERNELS_VECTORS_INL_H
#undef NCE_CORE_KERNELS_VECTORS_INL_H
#else
#define NCE_CORE_KERNELS_VECTORS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {

/// Calls body(tag, i) for each whole vector, which starts at element i, and then for the single elements that are left.
template <class T, class Body>
HWY_INLINE void for_vectors(int64_t n, Body body) {
  const hwy::HWY_NAMESPACE::ScalableTag<T> d;
  const hwy::HWY_NAMESPACE::CappedTag<T, 1> one;
  constexpr int64_t lanes = hwy::HWY_NAMESPACE::MaxLanes(d);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(one, i);
}

/// The sum of value(tag, i) over n elements. Vectors are summed in short pieces, and the pieces in double. So the error
/// does not grow with n.
template <class T, class Value>
HWY_INLINE double sum_of_vectors(int64_t n, Value value) {
  const hwy::HWY_NAMESPACE::ScalableTag<T> d;
  const hwy::HWY_NAMESPACE::CappedTag<T, 1> one;
  constexpr int64_t lanes = hwy::HWY_NAMESPACE::MaxLanes(d);
  double total = 0;
  int64_t i = 0;
  while (i + lanes <= n) {
    auto sum = hwy::HWY_NAMESPACE::Zero(d);
    for (const int64_t end = std::min(n, i + 64 * lanes); i + lanes <= end; i += lanes)
      sum = hwy::HWY_NAMESPACE::Add(sum, value(d, i));
    total += double(hwy::HWY_NAMESPACE::GetLane(hwy::HWY_NAMESPACE::SumOfLanes(d, sum)));
  }
  for (; i < n; ++i) total += double(hwy::HWY_NAMESPACE::GetLane(value(one, i)));
  return total;
}

/// Whether rows of n elements, the first at `to`, can be streamed: they must be whole, aligned vectors.
template <class T>
HWY_INLINE bool streams(int64_t n, const T* to) {
  constexpr int64_t lanes = hwy::HWY_NAMESPACE::MaxLanes(hwy::HWY_NAMESPACE::ScalableTag<T>());
  return n % lanes == 0 && reinterpret_cast<uintptr_t>(to) % (size_t(lanes) * sizeof(T)) == 0;
}

/// Writes v. With `stream` the write is non-temporal: it bypasses the caches. Call FlushStream after the last one.
template <class D, class V, class T>
HWY_INLINE void put(D d, V v, T* to, bool stream) {
  if constexpr (hwy::HWY_NAMESPACE::MaxLanes(D()) > 1) {
    if (stream) return hwy::HWY_NAMESPACE::Stream(v, d, to);
  }
  hwy::HWY_NAMESPACE::StoreU(v, d, to);
}

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
