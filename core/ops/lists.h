#pragma once
#include <cstdint>
#include <span>

#include "nce/core/kernels/lists.h"
#include "nce/core/sparse.h"

// Sums over lists of rows. Sparse products, segments, embeddings and the derivative of index_select use them.
namespace nce::detail {

/// out (count, width): the sums of `count` lists, in parallel. Lists with more than 4096 entries are summed in parts of
/// this length, and the parts are added in order.
template <class T>
void sum_lists(const kernels::RowLists<T>& lists, int64_t count, T* out);

/// Lists of the rows of a tensor.
struct Lists {
  std::span<const int64_t> offsets;
  const int* rows = nullptr;  ///< The row of each entry. Null: entry k is row k.
  Tensor values = {};         ///< A factor for each entry, or undefined.
  double diagonal = 0;        ///< List i also has row i of x, times this.
};
/// (lists, ...): the sum of each list of rows of x (rows, ...). Not recorded.
Tensor sum_lists(const Lists& lists, const Tensor& x);

/// An error unless the offsets of the lists go up from 0 to the number of values, and int can count the values.
void check_lists(const char* op, const Ragged& lists);
/// An error unless the offsets go up from 0 to the number of rows of x.
void check_offsets(const char* op, const Tensor& x, std::span<const int64_t> offsets);

/// One value for each entry, in the order of a.transpose(). Undefined stays undefined.
Tensor transposed_values(const SparseMatrix& a, const Tensor& values);

/// The dot product of row i of grad and row j of x, for each entry j of each list i. Not recorded.
Tensor entry_dots(const Lists& lists, const Tensor& grad, const Tensor& x);

}  // namespace nce::detail
