#include "nce/nn/graphs/gin.h"

namespace nce::nn {

Gin::Gin(int64_t features, Generator& generator, const GinOptions& options) : width_(options.width) {
  check_options("gin", options);
  for (int64_t layer = 0; layer < options.depth; ++layer) {
    convs_.add(GINConv(Sequential{Linear(layer == 0 ? features : width_, width_, generator), ReLU(),
                                  Linear(width_, width_, generator)}));
    bns_.add(BatchNorm1d(width_));
  }
}

Tensor Gin::operator()(const GraphBatch& graphs) {
  Tensor x = graphs.x;
  std::vector<Tensor> sums;
  for (size_t layer = 0; layer < convs_.size(); ++layer) {
    x = bns_[layer](relu(convs_[layer](x, graphs.adjacency)));
    sums.push_back(segment_sum(x, graphs.offsets));
  }
  return concatenate(sums, 1);
}

}  // namespace nce::nn
