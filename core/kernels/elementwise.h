#pragma once
#include <cstdint>

namespace nce::kernels {

/// The largest element of x (NaN if x has one), and sum exp(x - largest), or 1 if the largest is not finite.
template <class T>
struct ExpSum {
  T largest, sum;
};

/// Kernels on rows of n elements: exponentials, and choices which compilers would make branches of. T is float or
/// double. Rows are dense, of any length and alignment; a result may be an operand. One thread each.
///
/// For large rows of relu and exp, memory limits the speed: one element is read and one written. In the caches, the 20
/// operations of exp limit it.
template <class T>
struct Elementwise {
  /// y = exp(x), within 1 unit in the last place. Infinities and NaNs as std::exp.
  void (*exp)(const T* x, int64_t n, T* y);
  /// y = log(1 + exp(x)), within a few units in the last place. Never overflows.
  void (*softplus)(const T* x, int64_t n, T* y);
  /// y = 1 / (1 + exp(-x)), equally exact.
  void (*sigmoid)(const T* x, int64_t n, T* y);
  /// y = x F(x) with the standard normal's distribution F, within a few units in the last place; and dx = grad (F(x) +
  /// x F'(x)).
  void (*gelu)(const T* x, int64_t n, T* y);
  void (*gelu_gradient)(const T* x, const T* grad, int64_t n, T* dx);
  /// y = x where x > 0 or NaN, otherwise 0.
  void (*relu)(const T* x, int64_t n, T* y);
  /// dx = grad where y is not 0, otherwise 0.
  void (*relu_gradient)(const T* y, const T* grad, int64_t n, T* dx);
  ExpSum<T> (*exp_sum)(const T* x, int64_t n);
  /// y = scale exp(x - shift).
  void (*scaled_exp)(const T* x, int64_t n, T shift, T scale, T* y);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Elementwise<T>& elementwise();

}  // namespace nce::kernels
