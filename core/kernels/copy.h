#pragma once
#include <cstdint>

#include "nce/core/shape.h"

namespace nce::kernels {

/// Copies a strided tensor into dense row-major memory. Bound by memory: reads and writes each element once.
template <class T>
void copy(const T* from, const Strides& strides, const Shape& shape, T* to);

/// sum[i] += term[i].
template <class T>
void add_into(T* sum, const T* term, int64_t n);

}  // namespace nce::kernels
