#pragma once
#include "nce/core/shape.h"

namespace nce::detail {

/// A dense tensor as (outer, size, inner), where `size` is its dimension `dim`.
struct Around {
  int dim;
  int64_t outer = 1, size = 0, inner = 1;
};

/// An error with `op` if `dim` is out of range.
inline Around around(const char* op, const Shape& shape, int dim) {
  Around a{.dim = normalize_dim(op, dim, shape.size())};
  a.size = shape[a.dim];
  for (int d = 0; d < shape.size(); ++d) (d < a.dim ? a.outer : a.inner) *= d == a.dim ? 1 : shape[d];
  return a;
}

}  // namespace nce::detail
