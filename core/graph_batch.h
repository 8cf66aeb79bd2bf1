#pragma once
#include <cstdint>
#include <vector>

#include "nce/core/sparse.h"
#include "nce/core/tensor.h"

namespace nce {

/// Several graphs as one graph of disjoint parts. `data` makes it, and graph encoders take it.
struct GraphBatch {
  Tensor x;                ///< (N, F): a row for each node, those of graph 0 first.
  SparseMatrix adjacency;  ///< (N, N): row i has the neighbours of node i. Symmetric, without loops.
  std::vector<int64_t> offsets{
      0};  ///< (G + 1): graph g has the nodes offsets[g] .. offsets[g + 1] - 1. May be none.

  int64_t size() const { return int64_t(offsets.size()) - 1; }
};

}  // namespace nce
