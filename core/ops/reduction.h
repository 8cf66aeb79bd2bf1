#pragma once
#include <algorithm>
#include <vector>

#include "nce/core/ops.h"
#include "nce/core/ops/compute.h"
#include "nce/core/parallel.h"

namespace nce::detail {

/// The input of a reduction as rows: `rows` results, each from `length` consecutive elements.
struct Rows {
  Tensor x;  ///< Dense. The dimensions that stay come first, the reduced ones last. Not recorded.
  int64_t rows = 1, length = 1;
  std::vector<int> order;  ///< x's dimensions, by their numbers in the operand.
  Shape kept;              ///< The operand's shape with 1 for each reduced dimension.
  Shape result;            ///< The shape that was asked for: `kept`, or without the reduced dimensions.

  /// y, which has the shape of x, with its dimensions in the order of the operand.
  Tensor unordered(const Tensor& y) const {
    std::vector<int> back(order.size());
    for (size_t i = 0; i < back.size(); ++i) back[size_t(order[i])] = int(i);
    return permute(y, back);
  }
  /// Rows in one piece of a parallel_for.
  int64_t grain() const { return (1 << 14) / std::max<int64_t>(length, 1) + 1; }
};

/// Errors: a dimension out of range, or named twice.
Rows rows_of(const char* op, const Tensor& x, const Axes& axes, bool keepdim);

/// A tensor of shape `kept`. Element i is value(first element of row i, length).
template <class F>
Tensor reduce(const Rows& r, F value) {
  return compute(Tensor::empty(r.kept, r.x.dtype()), {r.x}, [&](auto* y, auto* x) {
    parallel_for(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = value(x + i * r.length, r.length);
    });
  });
}

}  // namespace nce::detail
