#include "nce/nn/graphs/layers.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::nn {

Tensor GINConv::operator()(const Tensor& x, const SparseMatrix& adjacency) {
  return located([&] { return (*network)(spmm(adjacency, x, 1 + eps.item())); });
}

GcnNorm gcn_norm(const SparseMatrix& adjacency, DType dtype) {
  const auto offsets = adjacency.offsets();
  const auto columns = adjacency.columns();
  const int64_t nodes = adjacency.rows();
  check(adjacency.cols() == nodes, "gcn_norm: an adjacency is square, got {} x {}", nodes, adjacency.cols());
  Ragged lists;
  lists.offsets.resize(size_t(nodes) + 1);
  lists.values.resize(columns.size() + size_t(nodes));
  std::vector<double> scale(static_cast<size_t>(nodes)), values(lists.values.size());
  for (int64_t i = 0; i < nodes; ++i)
    scale[size_t(i)] = 1 / std::sqrt(double(offsets[size_t(i) + 1] - offsets[size_t(i)] + 1));
  parallel_for(nodes, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      size_t to = size_t(offsets[size_t(i)] + i);
      lists.offsets[size_t(i)] = int64_t(to);
      const auto add = [&](int j) {
        lists.values[to] = j;
        values[to++] = scale[size_t(i)] * scale[size_t(j)];
      };
      add(int(i));
      for (int64_t k = offsets[size_t(i)]; k < offsets[size_t(i) + 1]; ++k) add(columns[size_t(k)]);
    }
  });
  lists.offsets[size_t(nodes)] = int64_t(lists.values.size());
  return {SparseMatrix(std::move(lists), nodes), Tensor::from(values, {int64_t(values.size())}).to(dtype)};
}

GCNConv::GCNConv(int64_t in, int64_t out, Generator& generator)
    : lin(in, out, generator, {.bias = false, .init = LinearInit::xavier_uniform}),
      bias(parameter(Tensor::zeros({out}))) {}

Tensor GCNConv::operator()(const Tensor& x, const GcnNorm& norm) {
  return located([&] { return spmm(norm.adjacency, norm.values, lin(x)) + bias; });
}

}  // namespace nce::nn
