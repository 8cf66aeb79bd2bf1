#pragma once
#include <cstdint>

#include "nce/core/shape.h"

// Copies and sums, in parallel pieces of 2^15 elements. The result must not overlap the operands. Dense rows are copied
// as blocks, rows of step 0 are filled. Memory limits the speed: one element is read (`add_into`: two) and one written.
// With other steps, a whole cache line is read for each element.
namespace nce::kernels {

/// Copies a strided tensor into dense, row-major memory.
template <class T>
void copy(const T* from, const Strides& strides, const Shape& shape, T* to);

/// sum[i] += term[i], for n elements.
template <class T>
void add_into(T* sum, const T* term, int64_t n);

}  // namespace nce::kernels
