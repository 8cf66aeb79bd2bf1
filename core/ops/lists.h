#pragma once
#include <cstdint>
#include <span>

#include "nce/core/kernels/lists.h"
#include "nce/core/sparse.h"

// Sums over lists of rows: what sparse products, segments, embeddings and the derivative of index_select are made of.
namespace nce::detail {

/// out (count, width): the sums of `count` lists, in parallel. A list of more than 4096 entries is summed in parts of that
/// length, which are added in order.
template <class T>
void sum_lists(const kernels::RowLists<T>& lists, int64_t count, T* out);

/// Lists of the rows of a tensor.
struct Lists {
  std::span<const int64_t> offsets;
  const int* rows = nullptr;  ///< Of each entry. Null: row k.
  Tensor values = {};         ///< A factor for each entry, or undefined.
  double diagonal = 0;        ///< Row i of x is in list i too, times this.
};
/// (lists, ...): the sum of each list of rows of x (rows, ...). Not recorded.
Tensor sum_lists(const Lists& lists, const Tensor& x);

/// An error unless the offsets of lists rise from 0 to the number of values, and these can be counted in int.
void check_lists(const char* op, const Ragged& lists);
/// An error unless offsets rise from 0 to the number of rows of x.
void check_offsets(const char* op, const Tensor& x, std::span<const int64_t> offsets);

/// One value for each entry, in the order of a.transpose(). Undefined stays undefined.
Tensor transposed_values(const SparseMatrix& a, const Tensor& values);

/// <row i of grad, x_j> for each entry j of each list i: one number an entry. Not recorded.
Tensor entry_dots(const Lists& lists, const Tensor& grad, const Tensor& x);

}  // namespace nce::detail
