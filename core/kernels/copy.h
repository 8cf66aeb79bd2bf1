#pragma once
#include <cstdint>

#include "nce/core/shape.h"

// Rows of a strided walk (strided.h), shared out among threads in pieces of 2^15 elements; rows that lie dense or
// stand still are block copies and fills. Assumes that `to` does not overlap with what is read. Floor, the bytes:
// each element is read and written once, in `add_into` two are read; a step other than 1 reads a cache line an
// element.
namespace nce::kernels {

/// Copies a strided tensor into dense row-major memory.
template <class T>
void copy(const T* from, const Strides& strides, const Shape& shape, T* to);

/// sum[i] += term[i].
template <class T>
void add_into(T* sum, const T* term, int64_t n);

}  // namespace nce::kernels
