#pragma once
#include <algorithm>
#include <cmath>

#include "nce/core/kernels/elementwise.h"
#include "nce/losses/engine/pairwise.h"

/// Functions of one similarity that `sum_pairs` sums, each with its derivative.
namespace nce::losses {

/// h(s) = log(1 + exp(s)), h' = sigmoid(s).
inline PairFunction softplus_of_pair() {
  return []<class T>(const T* s, int64_t n, T* value, T* slope) {
    if (value) kernels::elementwise<T>().softplus(s, n, value);
    if (slope) kernels::elementwise<T>().sigmoid(s, n, slope);
  };
}

/// h(s) = max(0, s), h' = [s > 0], and 1 where s is NaN.
inline PairFunction relu_of_pair() {
  return []<class T>(const T* s, int64_t n, T* value, T* slope) {
    if (value) kernels::elementwise<T>().relu(s, n, value);
    if (slope)
      for (int64_t i = 0; i < n; ++i) slope[i] = s[i] <= 0 ? T(0) : T(1);
  };
}

/// h(s) = h'(s) = exp(s - shift).
inline PairFunction exp_of_pair(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    T* const e = value ? value : slope;
    kernels::elementwise<T>().scaled_exp(s, n, T(shift), T(1), e);
    if (value && slope) std::copy_n(e, n, slope);
  };
}

// ---- Kernels of a distance x = shift - s, which is at least 0 but for rounding. All grow with s.

/// h(s) = -log(1 + x), h' = 1 / (1 + x).
inline PairFunction log_of_pair(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    for (int64_t i = 0; i < n; ++i) {
      const T x = T(shift) - s[i];
      if (value) value[i] = -std::log1p(x);
      if (slope) slope[i] = 1 / (1 + x);
    }
  };
}

/// h(s) = 1 / (1 + x), h' = h^2: the Cauchy kernel of a distance sqrt(x).
inline PairFunction cauchy_of_pair(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    for (int64_t i = 0; i < n; ++i) {
      const T h = 1 / (1 + std::max(T(shift) - s[i], T(0)));  // rounding may leave less than 0
      if (value) value[i] = h;
      if (slope) slope[i] = h * h;
    }
  };
}

/// h(s) = (1 + x)^-1/2, h' = (1 + x)^-3/2 / 2.
inline PairFunction imq_of_pair(double shift) {
  return [shift]<class T>(const T* s, int64_t n, T* value, T* slope) {
    for (int64_t i = 0; i < n; ++i) {
      const T x = T(shift) - s[i], root = 1 / std::sqrt(1 + x);
      if (value) value[i] = root;
      if (slope) slope[i] = root / (2 * (1 + x));
    }
  };
}

/// h(s) = x^(-p/2) for p > 0, -log(x)/2 for p = 0, -x^(-p/2) for p < 0; h' = |p|/2 x^(-p/2 - 1), for p = 0 1/(2x). An x
/// below `least` counts as `least`, with h' = 0.
inline PairFunction riesz_of_pair(double p, double shift, double least) {
  return [=]<class T>(const T* s, int64_t n, T* value, T* slope) {
    for (int64_t i = 0; i < n; ++i) {
      const T x = T(shift) - s[i], far = std::max(x, T(least));
      const T power = p == 0 ? T(1) : std::pow(far, T(-p / 2));
      if (value) value[i] = p == 0 ? -std::log(far) / 2 : p > 0 ? power : -power;
      if (slope) slope[i] = x < T(least) ? T(0) : T(p == 0 ? 0.5 : std::abs(p) / 2) * power / far;
    }
  };
}

}  // namespace nce::losses
