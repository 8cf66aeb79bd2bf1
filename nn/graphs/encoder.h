#pragma once
#include "nce/core/graph_batch.h"
#include "nce/nn/module.h"

namespace nce::nn {

/// A module that turns G graphs into features (G, feature_dim).
class GraphEncoder : public Module {
 public:
  virtual int64_t feature_dim() const = 0;
  virtual Tensor forward(const GraphBatch& graphs) = 0;
  Tensor operator()(const GraphBatch& graphs) {
    return located([&] { return forward(graphs); });
  }
};

}  // namespace nce::nn
