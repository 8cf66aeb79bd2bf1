#include "nce/core/kernels/cauchy.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/cauchy.cpp"
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
HWY_INLINE V kernel(D d, V dx, V dy) {
  const V one = hn::Set(d, hn::TFromD<D>(1));
  return hn::Div(one, hn::MulAdd(dy, dy, hn::MulAdd(dx, dx, one)));
}

template <class T>
double sum(T x, T y, const T* xs, const T* ys, int64_t n) {
  return sum_of_vectors<T>(n, [=](auto d, int64_t j) {
    return kernel(d, hn::Sub(hn::Set(d, x), hn::LoadU(d, xs + j)), hn::Sub(hn::Set(d, y), hn::LoadU(d, ys + j)));
  });
}

// Pieces are summed in T and added up in double, as in `sum_of_vectors`. Both sums use the same q_j.
template <class D, class T>
HWY_INLINE void push_piece(D d, T x, T y, T weight, const T* xs, const T* ys, const T* weights, int64_t n,
                           double* sums) {
  auto along_x = hn::Zero(d), along_y = hn::Zero(d);
  for (int64_t j = 0; j < n; j += int64_t(hn::MaxLanes(d))) {
    const auto dx = hn::Sub(hn::Set(d, x), hn::LoadU(d, xs + j)), dy = hn::Sub(hn::Set(d, y), hn::LoadU(d, ys + j));
    const auto q = kernel(d, dx, dy);
    const auto force = hn::Mul(hn::Add(hn::Set(d, weight), hn::LoadU(d, weights + j)), hn::Mul(q, q));
    along_x = hn::MulAdd(force, dx, along_x), along_y = hn::MulAdd(force, dy, along_y);
  }
  sums[0] += double(hn::GetLane(hn::SumOfLanes(d, along_x)));
  sums[1] += double(hn::GetLane(hn::SumOfLanes(d, along_y)));
}

template <class T>
void push(T x, T y, T weight, const T* xs, const T* ys, const T* weights, int64_t n, double* sums) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  constexpr int64_t lanes = hn::MaxLanes(d);
  const int64_t whole = n / lanes * lanes;
  for (int64_t j = 0; j < whole; j += 64 * lanes)
    push_piece(d, x, y, weight, xs + j, ys + j, weights + j, std::min(whole - j, 64 * lanes), sums);
  push_piece(one, x, y, weight, xs + whole, ys + whole, weights + whole, n - whole, sums);
}

template <class T>
const Cauchy<T>& table() {
  static constexpr Cauchy<T> kernels{.sum = sum<T>, .push = push<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(Cauchy, cauchy)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(Cauchy, cauchy)
}  // namespace nce::kernels
#endif
