#include <fmt/format.h>

#include <memory>

#include "nce/core/attention.h"
#include "nce/core/ops.h"
#include "nce/core/sparse.h"
#include "nce/nn/optim/sparse_adam.h"
#include "ops.h"

namespace nce::bench {
namespace {

std::vector<int> draw(int64_t count, int64_t size, uint64_t seed) {
  std::vector<int> index;
  for (const float u : Tensor::uniform({count}, 0, 1, Key(seed)).to_vector<float>())
    index.push_back(int(u * float(size)));
  return index;
}

}  // namespace

Op spmm_op(int64_t nodes, int64_t neighbours, int64_t width) {
  const int64_t entries = nodes * neighbours;
  return {fmt::format("spmm of {} nodes with {} neighbours, width {}, both ways", nodes, neighbours, width),
          {.gbyte = 4e-9 * double(2 * (entries + nodes) * width)},
          [=] {
            const SparseMatrix a =
                SparseMatrix::from_pairs(nodes, nodes, draw(entries, nodes, 1), draw(entries, nodes, 2));
            return Run([=, x = Tensor::randn({nodes, width}, Key(3)).set_requires_grad(true),
                        grad = Tensor::randn({nodes, width}, Key(4))]() mutable {
              x.zero_grad();
              spmm(a, x).backward(grad);
            });
          }};
}

Op embedding_bag_op(int64_t rows, int64_t width, int64_t bags, int64_t length) {
  const double entries = double(bags * length);
  return {
      fmt::format("embedding_bag: {} bags of {} from {} x {}, and SparseAdam", bags, length, rows, width),
      // Forward and backward read a row for each entry. At most so many rows of the gradient are written and read, and
      // of weight and moments read and written.
      {.gbyte = 4e-9 * double(width) * (2 * entries + 8 * entries)},
      [=] {
        Ragged lists;
        const std::vector<int> index = draw(bags * length, rows, 1);
        for (int64_t i = 0; i < bags; ++i)
          lists.push_back(std::span(index).subspan(size_t(i * length), size_t(length)));
        const auto table = std::make_shared<Tensor>(Tensor::randn({rows, width}, Key(2)).set_requires_grad(true));
        const auto adam = std::make_shared<nn::SparseAdam>(nn::NamedTensors{{"table", table.get()}});
        return Run([=, grad = Tensor::randn({bags, width}, Key(3))] {
          adam->zero_grad();
          embedding_bag(*table, lists, {.mode = BagMode::sum}).backward(grad);
          adam->step();
        });
      }};
}

Op attention_op(int64_t samples, int64_t length, int64_t width, int64_t heads) {
  const Shape shape{samples, length, width};
  // Two products forward. Backward makes the weights again, and four more.
  return {fmt::format("attention of {} x {}, width {}, {} heads, both ways", samples, length, width, heads),
          {.gflop = 1e-9 * 2 * 7 * double(samples * length * length * width)},
          [=] {
            std::vector<Tensor> x;
            for (uint64_t i = 0; i < 3; ++i) x.push_back(Tensor::randn(shape, Key(i)).set_requires_grad(true));
            return Run([=, grad = Tensor::randn(shape, Key(3))]() mutable {
              for (Tensor& each : x) each.zero_grad();
              attention(x[0], x[1], x[2], {.heads = heads}).backward(grad);
            });
          }};
}

}  // namespace nce::bench
