#include "nce/nn/graphs/gin.h"

namespace nce::nn {

Gin::Gin(int64_t features, Generator& generator, const GinOptions& options) : width_(options.width) {
  check_options("gin", options);
  for (int64_t layer = 0; layer < options.depth; ++layer) {
    auto network = std::make_unique<Sequential>();
    network->add<Linear>(layer == 0 ? features : width_, width_, generator).add<ReLU>();
    network->add<Linear>(width_, width_, generator);
    convs_.push_back(std::make_unique<GINConv>(std::move(network)));
    bns_.push_back(std::make_unique<BatchNorm1d>(width_));
  }
}

Tensor Gin::operator()(const GraphBatch& graphs) {
  Tensor x = graphs.x;
  std::vector<Tensor> sums;
  for (size_t layer = 0; layer < convs_.size(); ++layer) {
    x = (*bns_[layer])(relu((*convs_[layer])(x, graphs.adjacency)));
    sums.push_back(segment_sum(x, graphs.offsets));
  }
  return concatenate(sums, 1);
}

void Gin::fields(Fields& f) {
  for (size_t i = 0; i < convs_.size(); ++i) f.module("convs." + std::to_string(i), *convs_[i]);
  for (size_t i = 0; i < bns_.size(); ++i) f.module("bns." + std::to_string(i), *bns_[i]);
}

}  // namespace nce::nn
