#include "nce/core/kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h: made once a target.
#include <hwy/contrib/math/math-inl.h>

#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Highway's exp is made for finite arguments that do not overflow.
template <class D, class V>
HWY_INLINE V safe_exp(D d, V x) {
  using T = hn::TFromD<D>;
  const V largest = hn::Set(d, sizeof(T) == 4 ? T(88.72283) : T(709.782712893384));
  const V y = hn::Exp(d, hn::Min(x, largest));
  const V grown = hn::IfThenElse(hn::Gt(x, largest), hn::Set(d, std::numeric_limits<T>::infinity()), y);
  return hn::IfThenElse(hn::Eq(x, x), grown, x);
}

template <class T>
HWY_INLINE void exp_of(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) { hn::StoreU(safe_exp(d, hn::LoadU(d, x + i)), d, y + i); });
}

// Both from exp(-|x|), which does not overflow; what is not a number stays so.
template <class T>
HWY_INLINE void softplus_of(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i);
    const auto tail = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(v))));
    hn::StoreU(hn::IfThenElse(hn::Eq(v, v), hn::Add(hn::Max(v, hn::Zero(d)), tail), v), d, y + i);
  });
}

template <class T>
HWY_INLINE void sigmoid_of(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i), one = hn::Set(d, T(1));
    const auto e = hn::Exp(d, hn::Neg(hn::Abs(v)));
    const auto s = hn::Div(hn::IfThenElse(hn::Lt(v, hn::Zero(d)), e, one), hn::Add(one, e));
    hn::StoreU(hn::IfThenElse(hn::Eq(v, v), s, v), d, y + i);
  });
}

template <class T>
HWY_INLINE void relu_of(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i);
    hn::StoreU(hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), v), d, y + i);
  });
}

template <class T>
HWY_INLINE void relu_gradient_of(const T* y, const T* grad, int64_t n, T* dx) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto stopped = hn::Eq(hn::LoadU(d, y + i), hn::Zero(d));
    hn::StoreU(hn::IfThenZeroElse(stopped, hn::LoadU(d, grad + i)), d, dx + i);
  });
}

template <class T>
HWY_INLINE ExpSum<T> exp_sum_of(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  T largest = -kInfinity;
  int64_t i = 0;
  if (n >= lanes) {
    auto m = hn::Set(d, -kInfinity);
    for (; i + lanes <= n; i += lanes) m = hn::Max(hn::LoadU(d, x + i), m);
    // Not MaxOfLanes, which without vector instructions makes the lowest finite number of nothing but -inf.
    HWY_ALIGN T lane[lanes];
    hn::Store(m, d, lane);
    for (const T v : lane) largest = v > largest ? v : largest;
  }
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  if (!(std::abs(largest) < kInfinity)) {  // nothing to shift by
    for (int64_t k = 0; k < n; ++k)
      if (x[k] != x[k]) return {x[k], T(1)};
    return {largest, T(1)};
  }
  // Lanes are summed in pieces, pieces in double: the error does not grow with the length.
  const auto shift = hn::Set(d, largest);
  double total = 0;
  for (i = 0; i + lanes <= n;) {
    auto sum = hn::Zero(d);
    for (const int64_t end = std::min(n, i + 64 * lanes); i + lanes <= end; i += lanes)
      sum = hn::Add(sum, safe_exp(d, hn::Sub(hn::LoadU(d, x + i), shift)));
    total += double(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  const hn::CappedTag<T, 1> one;
  for (; i < n; ++i) total += double(hn::GetLane(safe_exp(one, hn::Set(one, x[i] - largest))));
  return {largest, T(total)};
}

template <class T>
HWY_INLINE void scaled_exp_of(const T* x, int64_t n, T shift, T scale, T* dx) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto share = safe_exp(d, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, shift)));
    hn::StoreU(hn::Mul(share, hn::Set(d, scale)), d, dx + i);
  });
}

#define NCE_FOR_TYPE(T, name)                                                                            \
  void exp_##name(const T* x, int64_t n, T* y) { exp_of(x, n, y); }                                      \
  void softplus_##name(const T* x, int64_t n, T* y) { softplus_of(x, n, y); }                            \
  void sigmoid_##name(const T* x, int64_t n, T* y) { sigmoid_of(x, n, y); }                              \
  void relu_##name(const T* x, int64_t n, T* y) { relu_of(x, n, y); }                                    \
  void relu_gradient_##name(const T* y, const T* g, int64_t n, T* dx) { relu_gradient_of(y, g, n, dx); } \
  ExpSum<T> exp_sum_##name(const T* x, int64_t n) { return exp_sum_of(x, n); }                           \
  void scaled_exp_##name(const T* x, int64_t n, T shift, T scale, T* dx) { scaled_exp_of(x, n, shift, scale, dx); }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

#define NCE_FOR_TYPE(T, name)                                        \
  HWY_EXPORT(exp_##name);                                            \
  HWY_EXPORT(softplus_##name);                                       \
  HWY_EXPORT(sigmoid_##name);                                        \
  HWY_EXPORT(relu_##name);                                           \
  HWY_EXPORT(relu_gradient_##name);                                  \
  HWY_EXPORT(exp_sum_##name);                                        \
  HWY_EXPORT(scaled_exp_##name);                                     \
  template <>                                                        \
  void exp(const T* x, int64_t n, T* y) {                            \
    HWY_DYNAMIC_DISPATCH(exp_##name)(x, n, y);                       \
  }                                                                  \
  template <>                                                        \
  void softplus(const T* x, int64_t n, T* y) {                       \
    HWY_DYNAMIC_DISPATCH(softplus_##name)(x, n, y);                  \
  }                                                                  \
  template <>                                                        \
  void sigmoid(const T* x, int64_t n, T* y) {                        \
    HWY_DYNAMIC_DISPATCH(sigmoid_##name)(x, n, y);                   \
  }                                                                  \
  template <>                                                        \
  void relu(const T* x, int64_t n, T* y) {                           \
    HWY_DYNAMIC_DISPATCH(relu_##name)(x, n, y);                      \
  }                                                                  \
  template <>                                                        \
  void relu_gradient(const T* y, const T* grad, int64_t n, T* dx) {  \
    HWY_DYNAMIC_DISPATCH(relu_gradient_##name)(y, grad, n, dx);      \
  }                                                                  \
  template <>                                                        \
  ExpSum<T> exp_sum(const T* x, int64_t n) {                         \
    return HWY_DYNAMIC_DISPATCH(exp_sum_##name)(x, n);               \
  }                                                                  \
  template <>                                                        \
  void scaled_exp(const T* x, int64_t n, T shift, T scale, T* dx) {  \
    HWY_DYNAMIC_DISPATCH(scaled_exp_##name)(x, n, shift, scale, dx); \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels
#endif  // HWY_ONCE
