#include "nce/core/kernels/pairs.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nce/core/kernels/pairs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// After highway.h: made once a target.
#include <hwy/contrib/math/math-inl.h>

#include "nce/core/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nce::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// exp(x) for x below 88 (f32) or 709 (f64). In f32 within 1.8e-7, three units in the last place where Highway's has one,
// at half the price: x = n log 2 + r and exp(r) = 1 + r + r^2 q(r), q the polynomial of least relative error (1.0e-7)
// for |r| <= log(2) / 2. What would be below the smallest normal number is 0, and so is exp(-inf).
template <class D, class V>
HWY_INLINE V exp_of(D d, V x) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return hn::Exp(d, x);
  } else {
    const hn::RebindToSigned<D> bits;
    const V to_integer = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds, and leaves n in the last bits
    const V biased = hn::MulAdd(x, hn::Set(d, 1.44269504f), to_integer), n = hn::Sub(biased, to_integer);
    // log 2 in two parts, of which n times the first is exact.
    V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
    r = hn::MulAdd(n, hn::Set(d, 2.12194440e-4f), r);
    V q = hn::MulAdd(r, hn::Set(d, 0.00831252057f), hn::Set(d, 0.0418901555f));
    q = hn::MulAdd(q, r, hn::Set(d, 0.166671142f));
    q = hn::MulAdd(q, r, hn::Set(d, 0.499992311f));
    q = hn::MulAdd(q, r, hn::Set(d, 1.0f));
    q = hn::MulAdd(q, r, hn::Set(d, 1.0f));
    const V scaled =
        hn::BitCast(d, hn::Add(hn::BitCast(bits, q), hn::ShiftLeft<23>(hn::BitCast(bits, biased))));  // q 2^n
    return hn::IfThenElseZero(hn::Ge(x, hn::Set(d, -87.0f)), scaled);
  }
}

template <class T>
HWY_INLINE T exp_row_of(const T* s, int64_t n, T* e, T* columns) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(d);
  auto sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = exp_of(d, hn::LoadU(d, s + i));
    hn::StoreU(v, d, e + i);
    sum = hn::Add(sum, v);
    if (columns) hn::StoreU(hn::Add(hn::LoadU(d, columns + i), v), d, columns + i);
  }
  T total = hn::GetLane(hn::SumOfLanes(d, sum));
  const hn::CappedTag<T, 1> one;
  for (; i < n; ++i) {
    const T v = hn::GetLane(exp_of(one, hn::Set(one, s[i])));
    e[i] = v, total += v;
    if (columns) columns[i] += v;
  }
  return total;
}

template <class T>
HWY_INLINE void weigh_row_of(const T* e, int64_t n, T row, const T* columns, T* g) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    auto weight = hn::Set(d, row);
    if (columns) weight = hn::Add(weight, hn::LoadU(d, columns + i));
    hn::StoreU(hn::Mul(hn::LoadU(d, e + i), weight), d, g + i);
  });
}

template <class T>
HWY_INLINE void max_columns_of(const T* s, int64_t n, T* largest) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    hn::StoreU(hn::Max(hn::LoadU(d, s + i), hn::LoadU(d, largest + i)), d, largest + i);
  });
}

// exp(s - shift), 0 where the shift is -inf.
template <class D, class V>
HWY_INLINE V shifted_exp(D d, V s, V shift) {
  using T = hn::TFromD<D>;
  const auto nothing = hn::Eq(shift, hn::Set(d, -std::numeric_limits<T>::infinity()));
  const V x = hn::Sub(s, shift);
  return hn::IfThenZeroElse(nothing,
                            hn::IfThenElse(hn::Eq(x, x), exp_of(d, x), x));  // what is not a number stays so
}

template <class T>
HWY_INLINE void add_exp_columns_of(const T* s, int64_t n, const T* shifts, T* sums) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = shifted_exp(d, hn::LoadU(d, s + i), hn::LoadU(d, shifts + i));
    hn::StoreU(hn::Add(hn::LoadU(d, sums + i), v), d, sums + i);
  });
}

template <class T>
HWY_INLINE void shifted_weigh_row_of(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights,
                                     T* g) {
  for_vectors<T>(n, [=](auto d, int64_t i) {
    const auto v = hn::LoadU(d, s + i);
    auto sum = hn::Mul(shifted_exp(d, v, hn::Set(d, shift)), hn::Set(d, weight));
    if (shifts) sum = hn::MulAdd(shifted_exp(d, v, hn::LoadU(d, shifts + i)), hn::LoadU(d, weights + i), sum);
    hn::StoreU(sum, d, g + i);
  });
}

#define NCE_FOR_TYPE(T, name)                                                                                \
  T exp_row_##name(const T* s, int64_t n, T* e, T* columns) { return exp_row_of(s, n, e, columns); }         \
  void weigh_row_##name(const T* e, int64_t n, T row, const T* columns, T* g) {                              \
    weigh_row_of(e, n, row, columns, g);                                                                     \
  }                                                                                                          \
  void max_columns_##name(const T* s, int64_t n, T* largest) { max_columns_of(s, n, largest); }              \
  void add_exp_columns_##name(const T* s, int64_t n, const T* shifts, T* sums) {                             \
    add_exp_columns_of(s, n, shifts, sums);                                                                  \
  }                                                                                                          \
  void shifted_weigh_row_##name(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, \
                                T* g) {                                                                      \
    shifted_weigh_row_of(s, n, shift, weight, shifts, weights, g);                                           \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nce::kernels {

#define NCE_FOR_TYPE(T, name)                                                                                 \
  HWY_EXPORT(exp_row_##name);                                                                                 \
  HWY_EXPORT(weigh_row_##name);                                                                               \
  HWY_EXPORT(max_columns_##name);                                                                             \
  HWY_EXPORT(add_exp_columns_##name);                                                                         \
  HWY_EXPORT(shifted_weigh_row_##name);                                                                       \
  template <>                                                                                                 \
  T exp_row(const T* s, int64_t n, T* e, T* columns) {                                                        \
    return HWY_DYNAMIC_DISPATCH(exp_row_##name)(s, n, e, columns);                                            \
  }                                                                                                           \
  template <>                                                                                                 \
  void weigh_row(const T* e, int64_t n, T row, const T* columns, T* g) {                                      \
    HWY_DYNAMIC_DISPATCH(weigh_row_##name)(e, n, row, columns, g);                                            \
  }                                                                                                           \
  template <>                                                                                                 \
  void max_columns(const T* s, int64_t n, T* largest) {                                                       \
    HWY_DYNAMIC_DISPATCH(max_columns_##name)(s, n, largest);                                                  \
  }                                                                                                           \
  template <>                                                                                                 \
  void add_exp_columns(const T* s, int64_t n, const T* shifts, T* sums) {                                     \
    HWY_DYNAMIC_DISPATCH(add_exp_columns_##name)(s, n, shifts, sums);                                         \
  }                                                                                                           \
  template <>                                                                                                 \
  void shifted_weigh_row(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, T* g) { \
    HWY_DYNAMIC_DISPATCH(shifted_weigh_row_##name)(s, n, shift, weight, shifts, weights, g);                  \
  }
NCE_FOR_TYPE(float, f32)
NCE_FOR_TYPE(double, f64)
#undef NCE_FOR_TYPE

}  // namespace nce::kernels
#endif  // HWY_ONCE
