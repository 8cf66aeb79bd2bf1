#pragma once
#include <array>
#include <cstdint>

#include "nce/core/parallel.h"
#include "nce/core/shape.h"

// How operations go over strided operands of one shape. Dimensions are merged where possible. So the inner loop is
// long, and indices change once per row. Steps are in elements, 0 or more.
namespace nce::kernels {

/// Goes over K strided operands of one shape, row by row.
/// `body(std::array<int64_t, K> offsets, int64_t out, int64_t n, std::array<int64_t, K> steps)` gets one row: elements
/// out .. out + n of the dense result, and for each operand the offset of its first element and its step. Dense
/// operands are one long row. Runs in parallel, in pieces of about `grain` elements.
template <size_t K, class Body>
void for_each_row(const Shape& shape, const std::array<Strides, K>& strides, int64_t grain, Body&& body) {
  std::array<int64_t, Shape::kMax> sizes{};  // merged dimensions, innermost first
  std::array<std::array<int64_t, K>, Shape::kMax> steps{};
  size_t rank = 0;
  for (int d = shape.size() - 1; d >= 0; --d) {
    if (shape[d] == 0) return;
    if (shape[d] == 1) continue;
    bool merges = rank > 0;
    for (size_t k = 0; k < K && merges; ++k) merges = strides[k][d] == steps[rank - 1][k] * sizes[rank - 1];
    if (merges) {
      sizes[rank - 1] *= shape[d];
      continue;
    }
    sizes[rank] = shape[d];
    for (size_t k = 0; k < K; ++k) steps[rank][k] = strides[k][d];
    ++rank;
  }
  if (rank == 0) sizes[0] = 1, rank = 1;

  const int64_t inner = sizes[0];
  int64_t outer = 1;
  for (size_t d = 1; d < rank; ++d) outer *= sizes[d];

  if (outer == 1) {  // one row: cut the row itself
    parallel_for(inner, grain, [&](int64_t begin, int64_t end) {
      std::array<int64_t, K> offsets;
      for (size_t k = 0; k < K; ++k) offsets[k] = begin * steps[0][k];
      body(offsets, begin, end - begin, steps[0]);
    });
    return;
  }
  parallel_for(outer, grain / inner + 1, [&](int64_t begin, int64_t end) {
    std::array<int64_t, Shape::kMax> index{};
    std::array<int64_t, K> offsets{};
    int64_t rest = begin;
    for (size_t d = 1; d < rank; ++d) {
      index[d] = rest % sizes[d];
      rest /= sizes[d];
      for (size_t k = 0; k < K; ++k) offsets[k] += index[d] * steps[d][k];
    }
    for (int64_t row = begin; row < end; ++row) {
      body(offsets, row * inner, inner, steps[0]);
      for (size_t d = 1; d < rank; ++d) {  // the next index, with a carry into the next dimension
        for (size_t k = 0; k < K; ++k) offsets[k] += steps[d][k];
        if (++index[d] < sizes[d]) break;
        for (size_t k = 0; k < K; ++k) offsets[k] -= sizes[d] * steps[d][k];
        index[d] = 0;
      }
    }
  });
}

}  // namespace nce::kernels
