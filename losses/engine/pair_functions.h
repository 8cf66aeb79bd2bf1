#pragma once
#include <algorithm>

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

}  // namespace nce::losses
