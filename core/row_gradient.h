#pragma once
#include <vector>

#include "nce/core/tensor.h"

namespace nce {

/// A gradient that is 0 outside some rows: that of a table of embeddings, of which a batch uses few rows.
struct RowGradient {
  std::vector<int> rows;  ///< Rising, each once.
  Tensor values;          ///< (rows.size(), ...): their gradients.
};

/// All rows of the gradient, of shape `shape`; those that it does not name are 0.
Tensor to_dense(const RowGradient& gradient, const Shape& shape);
/// Adds it to a dense leaf, in place.
void add_rows(Tensor& sum, const RowGradient& gradient);
RowGradient add(const RowGradient& a, const RowGradient& b);

}  // namespace nce
