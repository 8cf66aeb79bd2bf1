// The loop that most kernels are: whole vectors of dense rows, of any alignment, then the rest one by one. Included
// by kernels after highway.h and made once a target; hence no #pragma once but Highway's toggle.
#if defined(NCE_CORE_KERNELS_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef NCE_CORE_KERNELS_VECTORS_INL_H
#undef NCE_CORE_KERNELS_VECTORS_INL_H
#else
#define NCE_CORE_KERNELS_VECTORS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {

/// body(tag, first element) for all of n: whole vectors, then the rest one by one.
template <class T, class Body>
HWY_INLINE void for_vectors(int64_t n, Body body) {
  const hwy::HWY_NAMESPACE::ScalableTag<T> d;
  const hwy::HWY_NAMESPACE::CappedTag<T, 1> one;
  constexpr int64_t lanes = hwy::HWY_NAMESPACE::MaxLanes(d);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(one, i);
}

/// Whether rows of n elements from `to` on can be written past the caches: whole, aligned vectors.
template <class T>
HWY_INLINE bool streams(int64_t n, const T* to) {
  constexpr int64_t lanes = hwy::HWY_NAMESPACE::MaxLanes(hwy::HWY_NAMESPACE::ScalableTag<T>());
  return n % lanes == 0 && reinterpret_cast<uintptr_t>(to) % (size_t(lanes) * sizeof(T)) == 0;
}

/// Writes v, past the caches where `stream` says that it can; FlushStream is due after the last.
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
