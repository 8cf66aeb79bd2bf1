#pragma once
#include "nce/core/options.h"
#include "nce/nn/graphs/encoder.h"
#include "nce/nn/graphs/layers.h"

namespace nce::nn {

struct GinOptions {
  int64_t width = 32, depth = 3;
  void fields(Options& o) {
    o.integer("width", width, "features of a node in each layer", {.least = 1});
    o.integer("depth", depth, "layers", {.least = 1});
  }
};

/// GraphCL's encoder, with its names: `depth` times GINConv with linear-ReLU-linear, then ReLU, then batch norm. After
/// each layer there is a sum over the nodes of each graph, and these sums are put side by side: (G, depth width).
class Gin final : public GraphEncoder {
 public:
  Gin(int64_t features, Generator& generator, const GinOptions& options = {});
  int64_t feature_dim() const override { return int64_t(bns_.size()) * width_; }
  Tensor forward(const GraphBatch& graphs) override;
  void fields(Fields& f) override { f.module("convs", convs_), f.module("bns", bns_); }

 private:
  int64_t width_;
  ModuleList<GINConv> convs_;
  ModuleList<BatchNorm1d> bns_;
};

}  // namespace nce::nn
