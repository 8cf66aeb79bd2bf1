#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/nn/checkpoint.h"
#include "nce/nn/graphs/catalogue.h"
#include "nce/nn/graphs/layers.h"
#include "support/deviation.h"
#include "support/files.h"
#include "support/formula.h"
#include "support/golden.h"

using namespace nce;
using namespace nce::nn;
using nlohmann::json;

namespace {

const json golden = nce::test::golden_file("graphs.json");

Tensor formula(const char* name, const Shape& shape, DType dtype) {
  const test::Stream stream(name);
  std::vector<double> values;
  for (int64_t i = 0; i < element_count(shape); ++i) values.push_back(stream(uint32_t(i)));
  return Tensor::from(values, shape).to(dtype);
}

GraphBatch golden_graphs(int64_t features, DType dtype, int copies = 1) {
  GraphBatch graphs;
  std::vector<int> row, column;
  for (int copy = 0; copy < copies; ++copy) {
    const int first = int(graphs.offsets.back());
    for (const int64_t size : golden["sizes"]) graphs.offsets.push_back(graphs.offsets.back() + size);
    for (const json& edge : golden["edges"])
      for (const size_t end : {0, 1})
        row.push_back(first + edge[end].get<int>()), column.push_back(first + edge[1 - end].get<int>());
  }
  const int64_t nodes = graphs.offsets.back();
  graphs.adjacency = SparseMatrix::from_pairs(nodes, nodes, row, column);
  graphs.x = formula("x", {nodes, features}, dtype).set_requires_grad(true);
  return graphs;
}

// Holds output and all gradients to PyTorch's.
void check_golden(const char* name, Module& module, DType dtype, auto forward) {
  CAPTURE(name);
  const auto found = std::find_if(golden["cases"].begin(), golden["cases"].end(),
                                  [&](const json& c) { return c["name"] == name; });
  REQUIRE(found != golden["cases"].end());
  const json& expected = *found;
  module.to(dtype);
  test::fill_by_formula(module);
  const GraphBatch graphs = golden_graphs(3, dtype);
  const Tensor y = forward(graphs);
  REQUIRE(y.shape() == Shape{expected["shape"][0].get<int64_t>(), expected["shape"][1].get<int64_t>()});
  sum(y * formula("slope", y.shape(), dtype)).backward();
  const double bound = dtype == DType::f64 ? 1e-12 : 2e-5;
  const auto holds = [&](const Tensor& ours, const json& wanted) {
    const auto values = ours.to_vector<double>(), right = wanted.get<std::vector<double>>();
    if (norm(Tensor::from(right, {int64_t(right.size())})).item() < 1e-12)  // a bias before a batch norm
      CHECK(norm(Tensor::from(values, {int64_t(values.size())})).item() < bound);
    else
      CHECK(test::deviation(values, right) < bound);
  };
  holds(y, expected["y"]), holds(graphs.x.grad(), expected["x"]);
  const NamedTensors parameters = module.named_parameters();
  CHECK(parameters.size() == expected["gradients"].size());
  for (const auto& parameter : parameters) {
    CAPTURE(parameter.first);
    REQUIRE(expected["gradients"].contains(parameter.first));
    holds(parameter.second->grad(), expected["gradients"][parameter.first]);
  }
}

}  // namespace

TEST_CASE("layers and encoders of graphs are PyTorch's, by names, values and gradients") {
  for (const DType dtype : {DType::f64, DType::f32}) {
    Generator g;
    GINConv gin_conv(Sequential{Linear(3, 4, g), ReLU(), Linear(4, 4, g)});
    check_golden("GINConv", gin_conv, dtype, [&](const GraphBatch& b) { return gin_conv(b.x, b.adjacency); });
    GCNConv gcn_conv(3, 4, g);
    check_golden("GCNConv", gcn_conv, dtype,
                 [&](const GraphBatch& b) { return gcn_conv(b.x, gcn_norm(b.adjacency, dtype)); });
    for (const char* name : {"gin", "gcn"}) {
      const auto encoder = make_graph_encoder(name, 3, g, {{"width", "4"}, {"depth", "2"}});
      check_golden(name, *encoder, dtype, [&](const GraphBatch& b) { return (*encoder)(b); });
    }
  }
}

TEST_CASE("an encoder of graphs comes back from its file") {
  const test::TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  Generator g{.seed = 5};
  for (const char* name : {"gin", "gcn"}) {
    const auto encoder = make_graph_encoder(name, 3, g, {{"width", "8"}});
    const GraphBatch graphs = golden_graphs(3, DType::f32);
    (*encoder)(graphs);  // moves the running statistics
    encoder->eval();
    auto metadata = graph_encoder_metadata(name, 3, {{"width", "8"}});
    save_checkpoint(path, *encoder, metadata);
    const TrainedGraphEncoder trained = load_graph_encoder(path);
    CHECK(trained.name == name);
    CHECK(trained.features == 3);
    CHECK((*trained.encoder)(graphs).to_vector<float>() == (*encoder)(graphs).to_vector<float>());
    metadata["features"] = "0";
    save_checkpoint(path, *encoder, metadata);
    CHECK_THROWS_WITH_AS(load_graph_encoder(path),
                         (path.string() + ": 'features' is '0': a whole number of at least 1 is needed").c_str(),
                         Error);
    metadata.erase("features");
    save_checkpoint(path, *encoder, metadata);
    CHECK_THROWS_WITH_AS(load_graph_encoder(path),
                         (path.string() + ": lacks 'features' in its metadata: not written by nce train").c_str(),
                         Error);
  }
}

TEST_CASE("each encoder of graphs has the size that it says, and the same bits for any number of threads") {
  const RestoreThreads restore;
  for (const KnownGraphEncoder& row : known_graph_encoders()) {
    CAPTURE(row.name);
    std::set<std::vector<float>> results;
    for (const int threads : {1, 2, 4}) {
      set_num_threads(threads);
      Generator g{.seed = 3};
      const auto encoder = row.make(3, g, {});
      const GraphBatch graphs = golden_graphs(3, DType::f32, 400);  // enough for the threads to share
      const Tensor y = (*encoder)(graphs);
      CHECK(y.shape() == Shape{1600, encoder->feature_dim()});
      CHECK(select(y, 0, 2).to_vector<float>() == std::vector<float>(size_t(encoder->feature_dim())));  // no nodes
      sum(square(y)).backward();
      std::vector<float> all = y.to_vector<float>();
      for (const auto& [name, tensor] : encoder->named_parameters()) {
        const auto gradient = tensor->grad().to_vector<float>();
        all.insert(all.end(), gradient.begin(), gradient.end());
      }
      results.insert(all);
    }
    CHECK(results.size() == 1);
  }
  Generator g;
  const auto gin = make_graph_encoder("gin", 4, g), gcn = make_graph_encoder("gcn", 4, g);
  CHECK_THROWS_WITH_AS((*gin)(golden_graphs(3, DType::f32)),
                       doctest::Contains("in convs.0.nn.0 (Linear): linear_relu: x ("), Error);
  CHECK_THROWS_WITH_AS((*gcn)(golden_graphs(3, DType::f32)),
                       doctest::Contains("in convs.0.lin (Linear): linear: x ("), Error);
  CHECK_THROWS_WITH_AS(make_graph_encoder("gin", 0, g), "make_graph_encoder: nodes need features, got 0", Error);
  CHECK_THROWS_WITH_AS(make_graph_encoder("gat", 1, g), "no encoder of graphs is called 'gat'; there are gin, gcn",
                       Error);
  CHECK(graph_encoder_metadata("gin", 7, {{"width", "8"}}) ==
        std::map<std::string, std::string>{{"encoder", "gin"}, {"features", "7"}, {"width", "8"}, {"depth", "3"}});
}
