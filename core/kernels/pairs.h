#pragma once
#include <cstdint>

// Rows of a tile of similarities s, in the passes of a log-sum-exp over pairs; sums over rows and, where `columns`
// or the like is not null, over columns too, from one exponential. Assumes dense rows of any length n and
// alignment, in the second-level cache; what is behind the last whole vector goes one by one. One thread each.
// Floor, the arithmetic: about 20 operations an element.
namespace nce::kernels {

/// e = exp(s), without a shift, for s up to 80 (f32) or 700 (f64), or -inf. Returns sum e, and adds e to `columns`.
/// In place where e = s.
template <class T>
T exp_row(const T* s, int64_t n, T* e, T* columns);
/// g = e (row + column), a null `columns` being 0.
template <class T>
void weigh_row(const T* e, int64_t n, T row, const T* columns, T* g);

/// largest = max(largest, s).
template <class T>
void max_columns(const T* s, int64_t n, T* largest);
/// sums += exp(s - shifts); where a shift is -inf, so is all that it stands for, and 0 is added.
template <class T>
void add_exp_columns(const T* s, int64_t n, const T* shifts, T* sums);
/// g = exp(s - shift) weight + exp(s - shifts) weights, the second being left out where `shifts` is null.
template <class T>
void shifted_weigh_row(const T* s, int64_t n, T shift, T weight, const T* shifts, const T* weights, T* g);

}  // namespace nce::kernels
