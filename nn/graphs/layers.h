#pragma once
#include <memory>

#include "nce/core/sparse.h"
#include "nce/nn/layers.h"

namespace nce::nn {

/// x (N, in), adjacency (N, N) -> network((1 + eps) x_i + sum of x_j over the neighbours j of i), as PyTorch Geometric's
/// GINConv with eps fixed. Source: Xu et al., "How Powerful are Graph Neural Networks?", ICLR 2019, equation 4.1.
class GINConv : public Module {
 public:
  template <std::derived_from<Layer> L>
  explicit GINConv(L network, double eps = 0)
      : network(std::make_unique<L>(std::move(network))), eps(Tensor::full({1}, eps)) {}
  Tensor operator()(const Tensor& x, const SparseMatrix& adjacency);
  void fields(Fields& f) override { f.buffer("eps", eps), f.module("nn", *network); }
  std::unique_ptr<Layer> network;
  Tensor eps;
};

/// The adjacency of a GCN: each node is its own neighbour, too, and entry (i, j) has the value 1 / sqrt(d_i d_j), where
/// d_i is the number of neighbours of node i.
struct GcnNorm {
  SparseMatrix adjacency;
  Tensor values;  ///< (nnz)
};
GcnNorm gcn_norm(const SparseMatrix& adjacency, DType dtype = DType::f32);

/// x (N, in) -> D^-1/2 (A + I) D^-1/2 x W^T + b, (N, out), as PyTorch Geometric's GCNConv. lin.weight (out, in) starts
/// uniform in +-sqrt(6 / (in + out)) (Glorot); bias (out) starts as 0. Source: Kipf and Welling, "Semi-Supervised
/// Classification with Graph Convolutional Networks", ICLR 2017, equation 2.
class GCNConv : public Module {
 public:
  GCNConv(int64_t in, int64_t out, Generator& generator);
  Tensor operator()(const Tensor& x, const GcnNorm& norm);
  void fields(Fields& f) override { f.parameter("bias", bias), f.module("lin", lin); }
  Linear lin;
  Tensor bias;
};

}  // namespace nce::nn
