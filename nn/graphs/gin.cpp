#include "nce/nn/graphs/gin.h"

#include "nce/core/gin.h"

namespace nce::nn {
namespace {

// Sequential(Linear, ReLU, Linear, ReLU), by two fused layers.
struct Network : Layer {
  Network(int64_t in, int64_t width, Generator& generator)
      : first(in, width, generator), second(width, width, generator) {}
  Tensor forward(const Tensor& x) override { return second.relu(first.relu(x)); }
  void fields(Fields& f) override { f.module("0", first), f.module("2", second); }
  Linear first, second;
};

}  // namespace

Gin::Gin(int64_t features, Generator& generator, const GinOptions& options) : width_(options.width) {
  check_options("gin", options);
  for (int64_t layer = 0; layer < options.depth; ++layer) {
    convs_.add(GINConv(Network(layer == 0 ? features : width_, width_, generator)));
    bns_.add(BatchNorm1d(width_));
  }
}

Tensor Gin::forward(const GraphBatch& graphs) {
  std::vector<GinLayer> layers;
  for (size_t l = 0; l < convs_.size(); ++l) {
    auto& network = static_cast<Network&>(*convs_[l].network);
    BatchNorm1d& bn = bns_[l];
    layers.push_back({1 + convs_[l].eps.item(), network.first.weight, network.first.bias, network.second.weight,
                      network.second.bias, bn.weight, bn.bias, bn.running_mean, bn.running_var,
                      BatchNormOptions{.training = bn.training(), .momentum = bn.momentum, .eps = bn.eps}});
  }
  if (const auto fused = gin_sums(graphs, layers)) return *fused;
  Tensor x = graphs.x;
  std::vector<Tensor> sums;
  for (size_t layer = 0; layer < convs_.size(); ++layer) {
    x = bns_[layer](convs_[layer](x, graphs.adjacency));
    sums.push_back(segment_sum(x, graphs.offsets));
  }
  return concatenate(sums, 1);
}

}  // namespace nce::nn
