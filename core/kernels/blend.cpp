#include "nce/core/kernels/blend.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/blend.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}
template <class D>
HWY_INLINE hn::Vec<D> load(D d, const uint8_t* from) {
  const hn::RebindToSigned<D> di;
  return hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(hn::Rebind<uint8_t, D>(), from)));
}

template <class T>
HWY_INLINE void blend(const T* const* lines, const float* weights, int64_t count, int64_t n, float* to) {
  for_vectors<float>(n, [=](auto d, int64_t i) {
    auto sum = hn::Mul(hn::Set(d, weights[0]), load(d, lines[0] + i));
    for (int64_t k = 1; k < count; ++k) sum = hn::MulAdd(hn::Set(d, weights[k]), load(d, lines[k] + i), sum);
    hn::StoreU(sum, d, to + i);
  });
}

}  // namespace

void blend_floats(const float* const* lines, const float* weights, int64_t count, int64_t n, float* to) {
  blend(lines, weights, count, n, to);
}
void blend_bytes(const uint8_t* const* lines, const float* weights, int64_t count, int64_t n, float* to) {
  blend(lines, weights, count, n, to);
}

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

HWY_EXPORT(blend_floats);
HWY_EXPORT(blend_bytes);

void blend(const float* const* lines, const float* weights, int64_t count, int64_t n, float* to) {
  HWY_DYNAMIC_DISPATCH(blend_floats)(lines, weights, count, n, to);
}
void blend(const uint8_t* const* lines, const float* weights, int64_t count, int64_t n, float* to) {
  HWY_DYNAMIC_DISPATCH(blend_bytes)(lines, weights, count, n, to);
}

}  // namespace nce::kernels
#endif  // HWY_ONCE
