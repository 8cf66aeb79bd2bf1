#include "nce/core/kernels/pairs.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/pairs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h, once per instruction set.
#include "nce/core/kernels/exp-inl.h"
#include "nce/core/kernels/table.h"
#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

template <class T>
T exp_row(const T* s, int64_t n, T* e, T* columns) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  auto sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = fast_exp(d, hn::LoadU(d, s + i));
    hn::StoreU(v, d, e + i);
    sum = hn::Add(sum, v);
    if (columns) hn::StoreU(hn::Add(hn::LoadU(d, columns + i), v), d, columns + i);
  }
  T total = hn::GetLane(hn::SumOfLanes(d, sum));
  const hn::CappedTag<T, 1> one;
  for (; i < n; ++i) {
    const T v = hn::GetLane(fast_exp(one, hn::Set(one, s[i])));
    e[i] = v, total += v;
    if (columns) columns[i] += v;
  }
  return total;
}

template <class T>
void weigh_row(const T* e, int64_t n, T row, const T* columns, T* g) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    auto weight = hn::Set(d, row);
    if (columns) weight = hn::Add(weight, hn::LoadU(d, columns + i));
    hn::StoreU(hn::Mul(hn::LoadU(d, e + i), weight), d, g + i);
  });
}

template <class T>
void max_columns(const T* s, int64_t n, T* largest) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    hn::StoreU(hn::Max(hn::LoadU(d, s + i), hn::LoadU(d, largest + i)), d, largest + i);
  });
}

// exp(s - shift), 0 where both are -inf. NaNs pass.
template <class D, class V>
HWY_INLINE V shifted_exp(D d, V s, V shift) {
  using T = hn::TFromD<D>;
  const auto nothing = hn::Eq(shift, hn::Set(d, -std::numeric_limits<T>::infinity()));
  const V x = hn::Sub(s, hn::IfThenZeroElse(nothing, shift));
  return hn::IfThenElse(hn::Eq(x, x), fast_exp(d, x), x);
}

template <class T>
void add_exp_columns(const T* s, int64_t n, const T* shifts, T* sums) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = shifted_exp(d, hn::LoadU(d, s + i), hn::LoadU(d, shifts + i));
    hn::StoreU(hn::Add(hn::LoadU(d, sums + i), v), d, sums + i);
  });
}

template <class T>
void shifted_weigh_row(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, T* g) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, s + i);
    auto sum = hn::Mul(shifted_exp(d, v, hn::Set(d, shift)), hn::Set(d, weight));
    if (shifts) sum = hn::MulAdd(shifted_exp(d, v, hn::LoadU(d, shifts + i)), hn::LoadU(d, weights + i), sum);
    hn::StoreU(sum, d, g + i);
  });
}

template <class T>
const Pairs<T>& table() {
  static constexpr Pairs<T> kernels{.exp_row = exp_row<T>,
                                    .weigh_row = weigh_row<T>,
                                    .max_columns = max_columns<T>,
                                    .add_exp_columns = add_exp_columns<T>,
                                    .shifted_weigh_row = shifted_weigh_row<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(Pairs, pairs)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(Pairs, pairs)
}  // namespace nce::kernels
#endif
