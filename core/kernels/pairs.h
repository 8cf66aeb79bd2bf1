#pragma once
#include <cstdint>

namespace nce::kernels {

/// Passes over one row s (n) of a tile of similarities, for log-sum-exp over pairs. T is float or double. One exponential
/// serves the sum over its row and, if `columns` is given, the sum over its column. Rows are dense, of any length and
/// alignment, and should be in L2. One thread each. Arithmetic limits the speed: about 20 operations for each element.
template <class T>
struct Pairs {
  /// e = exp(s), without a shift, for s up to 80 (f32) or 700 (f64), or -inf. Returns the sum of e. Adds e to `columns`
  /// unless it is null. e may be the same memory as s.
  T (*exp_row)(const T* s, int64_t n, T* e, T* columns);
  /// g = e (row + columns); null columns count as 0.
  void (*weigh_row)(const T* e, int64_t n, T row, const T* columns, T* g);
  /// largest = max(largest, s). NaNs in s are ignored.
  void (*max_columns)(const T* s, int64_t n, T* largest);
  /// sums += exp(s - shifts). If a shift is -inf, s is -inf or NaN, and 0 or NaN is added.
  void (*add_exp_columns)(const T* s, int64_t n, const T* shifts, T* sums);
  /// g = exp(s - shift) weight + exp(s - shifts) weights. Without `shifts` (null) there is no second term.
  void (*shifted_weigh_row)(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, T* g);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Pairs<T>& pairs();

}  // namespace nce::kernels
