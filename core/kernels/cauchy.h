#pragma once
#include <cstdint>

namespace nce::kernels {

/// Sums over n points (xs_j, ys_j) of a plane, for one point (x, y): q_j = 1 / (1 + (x - xs_j)^2 + (y - ys_j)^2), the
/// Cauchy kernel of their distance. T is float or double. Any n and alignment. One thread each. Arithmetic limits the
/// speed: a division and about ten operations for each element.
template <class T>
struct Cauchy {
  /// sum_j q_j
  double (*sum)(T x, T y, const T* xs, const T* ys, int64_t n);
  /// Adds sum_j (weight + weights_j) q_j^2 (x - xs_j, y - ys_j) to sums[0] and sums[1].
  void (*push)(T x, T y, T weight, const T* xs, const T* ys, const T* weights, int64_t n, double* sums);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Cauchy<T>& cauchy();

}  // namespace nce::kernels
