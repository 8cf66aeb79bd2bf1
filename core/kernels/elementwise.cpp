#include "nce/core/kernels/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/elementwise.cpp"
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
void exp(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) { hn::StoreU(precise_exp(d, hn::LoadU(d, x + i)), d, y + i); });
}

// softplus and sigmoid use exp(-|x|), which never overflows. NaNs pass.
template <class T>
void softplus(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i);
    const auto tail = hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(v))));
    hn::StoreU(hn::IfThenElse(hn::Eq(v, v), hn::Add(hn::Max(v, hn::Zero(d)), tail), v), d, y + i);
  });
}

template <class T>
void sigmoid(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i), one = hn::Set(d, T(1));
    const auto e = hn::Exp(d, hn::Neg(hn::Abs(v)));
    const auto s = hn::Div(hn::IfThenElse(hn::Lt(v, hn::Zero(d)), e, one), hn::Add(one, e));
    hn::StoreU(hn::IfThenElse(hn::Eq(v, v), s, v), d, y + i);
  });
}

// Distribution and density of the standard normal at x, each within eight units in the last place. With a = |x| and t = 1
// / (1 + 0.35 a), the distribution at -a is exp(-a^2 / 2) t p(t). The polynomial p has the least relative error (3.2e-8)
// for a up to 14.5, where the exponential becomes 0. The rounding error of a^2 corrects the exponential afterwards.
template <class D, class V>
HWY_INLINE void normal(D d, V x, V& distribution, V& density) {
  constexpr float kP[] = {0.139621302f, 0.139863491f,  0.119821534f, 0.105551273f,  -0.0232086424f,
                          0.159312934f, -0.255831689f, 0.144026622f, -0.0291568302f};
  const V one = hn::Set(d, 1.0f), half = hn::Set(d, 0.5f), a = hn::Min(hn::Abs(x), hn::Set(d, 14.5f));
  const hn::RebindToUnsigned<D> bits;  // the square in exact parts: the same with and without fused multiply-adds
  const V high = hn::BitCast(d, hn::And(hn::BitCast(bits, a), hn::Set(bits, 0xFFFFF000u))), low = hn::Sub(a, high);
  const V square = hn::Mul(a, a), cross = hn::Mul(hn::Add(high, high), low);
  const V lost = hn::Add(hn::Add(hn::Sub(hn::Mul(high, high), square), cross), hn::Mul(low, low));
  V e = hn::Exp(d, hn::Neg(hn::Mul(half, square)));
  e = hn::NegMulAdd(hn::Mul(e, half), lost, e);
  const V t = hn::Div(one, hn::MulAdd(hn::Set(d, 0.35f), a, one));
  V p = hn::Set(d, kP[8]);
  for (int i = 7; i >= 0; --i) p = hn::MulAdd(p, t, hn::Set(d, kP[i]));
  const V tail = hn::Mul(hn::Mul(e, t), p);
  distribution = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
  density = hn::Mul(e, hn::Set(d, 0.398942280f));
}

// In f64 by the standard library.
template <class T>
T normal_distribution(T x) {
  return T(0.5) * std::erfc(-x * T(std::numbers::sqrt2 / 2));
}

template <class T>
void gelu(const T* x, int64_t n, T* y) {
  if constexpr (sizeof(T) == 8) {
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] * normal_distribution(x[i]);
  } else {
    for_vectors<T>(n, [=](auto d, int64_t i) {
      const auto v = hn::LoadU(d, x + i);
      auto distribution = v, density = v;
      normal(d, v, distribution, density);
      hn::StoreU(hn::Mul(v, distribution), d, y + i);
    });
  }
}

template <class T>
void gelu_gradient(const T* x, const T* grad, int64_t n, T* dx) {
  if constexpr (sizeof(T) == 8) {
    for (int64_t i = 0; i < n; ++i) {
      const T density = std::exp(T(-0.5) * x[i] * x[i]) * T(0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2);
      dx[i] = grad[i] * (normal_distribution(x[i]) + x[i] * density);
    }
  } else {
    for_vectors<T>(n, [=](auto d, int64_t i) {
      const auto v = hn::LoadU(d, x + i);
      auto distribution = v, density = v;
      normal(d, v, distribution, density);
      hn::StoreU(hn::Mul(hn::LoadU(d, grad + i), hn::MulAdd(v, density, distribution)), d, dx + i);
    });
  }
}

template <class T>
void relu(const T* x, int64_t n, T* y) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, x + i);
    hn::StoreU(hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), v), d, y + i);
  });
}

template <class T>
void relu_gradient(const T* y, const T* grad, int64_t n, T* dx) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto stopped = hn::Eq(hn::LoadU(d, y + i), hn::Zero(d));
    hn::StoreU(hn::IfThenZeroElse(stopped, hn::LoadU(d, grad + i)), d, dx + i);
  });
}

template <class T>
ExpSum<T> exp_sum(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  T largest = -kInfinity;
  int64_t i = 0;
  if (n >= lanes) {
    auto m = hn::Set(d, -kInfinity);
    for (; i + lanes <= n; i += lanes) m = hn::Max(hn::LoadU(d, x + i), m);
    // Not MaxOfLanes: for a row of -inf its scalar version gives the lowest finite number.
    HWY_ALIGN T lane[lanes];
    hn::Store(m, d, lane);
    for (const T v : lane) largest = v > largest ? v : largest;
  }
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  if (!(std::abs(largest) < kInfinity)) {  // no finite shift
    for (int64_t k = 0; k < n; ++k)
      if (x[k] != x[k]) return {x[k], T(1)};
    return {largest, T(1)};
  }
  const double total = sum_of_vectors<T>(n, [=](auto tag, int64_t k) {
    return precise_exp(tag, hn::Sub(hn::LoadU(tag, x + k), hn::Set(tag, largest)));
  });
  return {largest, T(total)};
}

template <class T>
void scaled_exp(const T* x, int64_t n, T shift, T scale, T* dx) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto share = precise_exp(d, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, shift)));
    hn::StoreU(hn::Mul(share, hn::Set(d, scale)), d, dx + i);
  });
}

template <class T>
const Elementwise<T>& table() {
  static constexpr Elementwise<T> kernels{.exp = exp<T>,
                                          .softplus = softplus<T>,
                                          .sigmoid = sigmoid<T>,
                                          .gelu = gelu<T>,
                                          .gelu_gradient = gelu_gradient<T>,
                                          .relu = relu<T>,
                                          .relu_gradient = relu_gradient<T>,
                                          .exp_sum = exp_sum<T>,
                                          .scaled_exp = scaled_exp<T>};
  return kernels;
}
}  // namespace
NCE_TABLE_OF_TARGET(Elementwise, elementwise)

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {
NCE_DISPATCHED_TABLE(Elementwise, elementwise)
}  // namespace nce::kernels
#endif
