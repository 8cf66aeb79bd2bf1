#pragma once
#include <cstdint>

namespace nce::kernels {

/// Rows of x (any number, width), and lists of such rows. List i has the entries offsets[i] .. offsets[i + 1]. Entry k
/// is row columns[k] (row k if columns is null) times values[k] (1 if values is null). If diagonal is not 0, list i
/// begins with diagonal times row i.
template <class T>
struct RowLists {
  const int64_t* offsets;
  const int* columns;
  const T* values;
  const T* x;
  int64_t width;
  T diagonal = 0;
};

/// Kernels of sparse products. T is float or double. Dense rows of any width and alignment. One thread each.
///
/// Memory limits the speed: each entry reads a row of x, each list writes one row. The rows are in any order, so they
/// are prefetched. The sums of a list stay in registers.
template <class T>
struct Lists {
  /// out[i] (width) = the sum of list i, entry by entry, for lists begin .. end. An empty list is 0.
  void (*sums)(const RowLists<T>& lists, int64_t begin, int64_t end, T* out);
  /// out[k] = <grad_i, row of entry k> for the entries of lists begin .. end. `values` and `diagonal` are not used.
  void (*dots)(const RowLists<T>& lists, const T* grad, int64_t begin, int64_t end, T* out);
};

/// The kernels for this CPU's instructions (core/instructions.h).
template <class T>
const Lists<T>& lists();

}  // namespace nce::kernels
