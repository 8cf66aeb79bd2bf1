#pragma once
#include <vector>

#include "nce/core/tensor.h"

namespace nce {

/// A gradient that is 0 outside some rows. A table of embeddings has one, because a batch uses few of its rows.
struct RowGradient {
  std::vector<int> rows;  ///< In growing order, each once.
  Tensor values;          ///< (rows.size(), ...): their gradients.
};

/// All rows of the gradient, a tensor of shape `shape`. Rows that it does not name are 0.
Tensor to_dense(const RowGradient& gradient, const Shape& shape);
/// Adds the gradient to a dense leaf, in place.
void add_rows(Tensor& sum, const RowGradient& gradient);
RowGradient add(const RowGradient& a, const RowGradient& b);

}  // namespace nce
