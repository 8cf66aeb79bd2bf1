#pragma once
#include "nce/core/options.h"
#include "nce/nn/graphs/encoder.h"
#include "nce/nn/graphs/layers.h"

namespace nce::nn {

struct GcnOptions {
  int64_t width = 128, depth = 3;
  void fields(Options& o) {
    o.integer("width", width, "features of a node in each layer", {.least = 1});
    o.integer("depth", depth, "layers", {.least = 1});
  }
};

/// `depth` times GCNConv, batch norm and ReLU; then the sum over the nodes of each graph: (G, width). The authors of
/// SC-InfoNCE use it (3 x 128).
class Gcn final : public GraphEncoder {
 public:
  Gcn(int64_t features, Generator& generator, const GcnOptions& options = {});
  int64_t feature_dim() const override { return width_; }
  Tensor forward(const GraphBatch& graphs) override;
  void fields(Fields& f) override { f.module("convs", convs_), f.module("bns", bns_); }

 private:
  int64_t width_;
  ModuleList<GCNConv> convs_;
  ModuleList<BatchNorm1d> bns_;
};

}  // namespace nce::nn
