#include "nce/nn/graphs/gcn.h"

namespace nce::nn {

Gcn::Gcn(int64_t features, Generator& generator, const GcnOptions& options) : width_(options.width) {
  check_options("gcn", options);
  for (int64_t layer = 0; layer < options.depth; ++layer) {
    convs_.add(GCNConv(layer == 0 ? features : width_, width_, generator));
    bns_.add(BatchNorm1d(width_));
  }
}

Tensor Gcn::forward(const GraphBatch& graphs) {
  const GcnNorm norm = gcn_norm(graphs.adjacency, graphs.x.dtype());
  Tensor x = graphs.x;
  for (size_t layer = 0; layer < convs_.size(); ++layer) x = bns_[layer].relu(convs_[layer](x, norm));
  return segment_sum(x, graphs.offsets);
}

}  // namespace nce::nn
