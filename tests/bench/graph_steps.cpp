#include <fmt/format.h>

#include <memory>

#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/graphs/gin.h"
#include "nce/nn/optim/adam.h"
#include "ops.h"

namespace nce::bench {
namespace {

// Graphs of `size` nodes with about `degree` neighbours each: a random tree, then random edges.
GraphBatch random_graphs(int64_t graphs, int64_t size, double degree, int64_t features) {
  Random random(Key(1));
  std::vector<int> row, column;
  const auto add = [&](int64_t a, int64_t b) {
    row.insert(row.end(), {int(a), int(b)}), column.insert(column.end(), {int(b), int(a)});
  };
  GraphBatch batch;
  const int64_t nodes = graphs * size, more = int64_t(degree / 2 * double(size)) - (size - 1);
  for (int64_t first = 0; first < nodes; first += size) {
    for (int64_t i = 1; i < size; ++i) add(first + i, first + random.below(uint32_t(i)));
    for (int64_t e = 0; e < more; ++e) {
      const int64_t a = 1 + random.below(uint32_t(size - 1));
      add(first + a, first + random.below(uint32_t(a)));
    }
    batch.offsets.push_back(first + size);
  }
  batch.adjacency = SparseMatrix::from_pairs(nodes, nodes, row, column);
  std::vector<int> label;
  for (int64_t i = 0; i < nodes; ++i) label.push_back(int(random.below(uint32_t(features))));
  batch.x = one_hot(label, int(features));
  return batch;
}

}  // namespace

Op gin_step_op(int64_t graphs, int64_t size, double degree, int64_t features) {
  constexpr double kWidth = 32;
  const double nodes = double(graphs * size), products = double(features) + 5 * kWidth;
  return {fmt::format("GIN on {} graphs of {} nodes", graphs, size),
          // Two products a layer, forward, by input (not the first's) and by weight; sums over neighbours twice.
          {.gflop = 1e-9 * 2 * nodes * kWidth * (3 * products - double(features)),
           .gbyte = 4e-9 * nodes * (degree + 2) * (double(features) + 4 * kWidth)},
          [=] {
            struct State {
              Generator generator{.seed = 1};
              nn::Gin gin;
              std::unique_ptr<nn::Layer> head;
              GraphBatch graphs;
              std::unique_ptr<nn::Adam> adam;
              State(int64_t features, GraphBatch batch)
                  : gin(features, generator),
                    head(nn::make_projection_head(gin.feature_dim(), gin.feature_dim(), 128, generator)),
                    graphs(std::move(batch)) {
                nn::NamedTensors parameters = gin.named_parameters();
                for (auto& named : head->named_parameters()) parameters.push_back(named);
                adam = std::make_unique<nn::Adam>(parameters, nn::AdamOptions{.lr = 0.01});
              }
            };
            return Run([s = std::make_shared<State>(features, random_graphs(graphs, size, degree, features))] {
              s->adam->zero_grad();
              const auto [z1, z2] = halves((*s->head)(s->gin(s->graphs)));
              losses::info_nce(z1, z2, {.temperature = 0.2}).backward();
              s->adam->step();
            });
          }};
}

}  // namespace nce::bench
