#pragma once
#include <cstdint>

namespace nce::kernels {

/// Passes over one row s (n) of a tile of similarities, for log-sum-exp over pairs. T is float or double. They
/// serve sums over rows and, where `columns` is given, over columns, from one exponential. Rows are dense, of any
/// length and alignment, and should be in L2. One thread each. Floor, the arithmetic: about 20 operations an
/// element.
template <class T>
struct Pairs {
  /// e = exp(s), not shifted; s up to 80 (f32) or 700 (f64), or -inf. Returns sum e. Adds e to `columns` unless it
  /// is null. e may be s.
  T (*exp_row)(const T* s, int64_t n, T* e, T* columns);
  /// g = e (row + columns); null columns count as 0.
  void (*weigh_row)(const T* e, int64_t n, T row, const T* columns, T* g);
  /// largest = max(largest, s). NaNs in s are passed over.
  void (*max_columns)(const T* s, int64_t n, T* largest);
  /// sums += exp(s - shifts). Where a shift is -inf, s is too, or NaN: 0 is added, or
  /// NaN.
  void (*add_exp_columns)(const T* s, int64_t n, const T* shifts, T* sums);
  /// g = exp(s - shift) weight + exp(s - shifts) weights. Without `shifts` (null) there is no second term.
  void (*shifted_weigh_row)(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, T* g);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Pairs<T>& pairs();

}  // namespace nce::kernels
