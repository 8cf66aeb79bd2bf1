#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "nce/core/gin.h"
#include "nce/core/ops.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/threads.h"

using namespace nce;

namespace {

using Inputs = std::vector<Tensor>;

// x, added, weight, bias -> out. The caller has the running statistics.
struct Twin {
  std::string name;
  std::function<Tensor(const Inputs&, Tensor&mean, Tensor&var, const BatchNormOptions&)> fused, composed;
};

const Twin kTwins[] = {
    {"batch_norm_relu",
     [](auto& x, auto& m, auto& v, auto& o) { return batch_norm_relu(x[0], x[2], x[3], m, v, o); },
     [](auto& x, auto& m, auto& v, auto& o) { return relu(batch_norm(x[0], x[2], x[3], m, v, o)); }},
    {"batch_norm_add_relu",
     [](auto& x, auto& m, auto& v, auto& o) { return batch_norm_add_relu(x[0], x[1], x[2], x[3], m, v, o); },
     [](auto& x, auto& m, auto& v, auto& o) { return relu(batch_norm(x[0], x[2], x[3], m, v, o) + x[1]); }},
    {"batch_norm_relu_max_pool2d",
     [](auto& x, auto& m, auto& v, auto& o) { return batch_norm_relu_max_pool2d(x[0], x[2], x[3], m, v, o); },
     [](auto& x, auto& m, auto& v, auto& o) { return max_pool2d(relu(batch_norm(x[0], x[2], x[3], m, v, o))); }},
};

Inputs inputs(const Shape& shape, DType dtype) {
  const int64_t c = shape[3];
  return {(Tensor::randn(shape, Key(1), DType::f64) * 2.0 + 3.0).to(dtype), Tensor::randn(shape, Key(2), dtype),
          Tensor::randn({c}, Key(3), dtype), Tensor::randn({c}, Key(4), dtype)};
}

// {out, its gradients by what it depends on, the running statistics}
std::vector<std::vector<double>> outcome(const decltype(Twin::fused)& function, const Inputs& x, bool training) {
  const Shape channels{x[0].size(3)};
  Tensor mean = Tensor::full(channels, 2.5, x[0].dtype()), var = Tensor::full(channels, 3, x[0].dtype());
  Inputs all = test::both_ways([&](auto& in) { return function(in, mean, var, {.training = training}); }, x);
  all.insert(all.end(), {mean, var});
  std::vector<std::vector<double>> values;
  for (const Tensor& t : all)
    if (t.defined()) values.push_back(t.to_vector<double>());
  return values;
}

}  // namespace

TEST_CASE("normalisation fused with what follows is its composed twin, value and gradient") {
  for (const Twin& twin : kTwins)
    for (DType dtype : {DType::f32, DType::f64})
      for (const Shape& shape : {Shape{3, 5, 7, 3}, Shape{2, 6, 4, 16}, Shape{9, 13, 12, 37}})
        for (bool training : {true, false}) {
          CAPTURE(twin.name);
          CAPTURE(to_string(shape));
          CAPTURE(training);
          const auto a = outcome(twin.fused, inputs(shape, dtype), training);
          const auto b = outcome(twin.composed, inputs(shape, dtype), training);
          REQUIRE(a.size() == b.size());
          for (size_t k = 0; k < a.size(); ++k) {
            CAPTURE(k);
            CHECK(test::deviation(a[k], b[k]) <= (dtype == DType::f32 ? 3e-6 : 1e-13));
          }
        }
}

TEST_CASE("a NaN passes through normalisation fused with what follows") {
  for (const Twin& twin : kTwins)
    for (int64_t at : {0, 1, 4, 5}) {  // each place of the first window
      CAPTURE(twin.name);
      Inputs x = inputs({2, 4, 4, 1}, DType::f32);
      x[0].mutable_data<float>()[at] = std::numeric_limits<float>::quiet_NaN();
      Tensor mean = Tensor::zeros({1}), var = Tensor::ones({1});
      const auto out = twin.fused(x, mean, var, {.training = false}).to_vector<double>();
      const auto composed = twin.composed(x, mean, var, {.training = false}).to_vector<double>();
      int64_t nans = 0;
      for (size_t i = 0; i < out.size(); ++i) {
        nans += std::isnan(out[i]);
        CHECK(std::isnan(out[i]) == std::isnan(composed[i]));
      }
      CHECK(nans == 1);
    }
}

namespace {

Inputs narrow_inputs(int64_t rows, int64_t in, int64_t out, DType dtype) {
  return {Tensor::randn({rows, in}, Key(1), dtype), Tensor::randn({out, in}, Key(2), dtype),
          Tensor::randn({out}, Key(3), dtype)};
}

}  // namespace

// Enough rows for the fused passes.
TEST_CASE(
    "a narrow linear layer, alone and with ReLU, is its composed twin on the same bits for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const auto& sizes : {std::pair{37, 32}, {64, 64}, {1, 16}, {5, 48}})
      for (const bool with_relu : {false, true}) {
        const int in = sizes.first, out = sizes.second;
        CAPTURE(in);
        const Inputs x = narrow_inputs(2077, in, out, dtype);
        const auto fused = [&](auto& x) {
          return with_relu ? linear_relu(x[0], x[1], x[2]) : linear(x[0], x[1], x[2]);
        };
        const auto composed = [&](auto& x) {
          const Tensor y = matmul(x[0], t(x[1])) + x[2];
          return with_relu ? relu(y) : y;
        };
        const Inputs a = test::both_ways(fused, x), b = test::both_ways(composed, x);
        for (size_t k = 0; k < a.size(); ++k)
          CHECK(test::deviation(a[k].to_vector<double>(), b[k].to_vector<double>()) <=
                (dtype == DType::f32 ? 3e-6 : 1e-13));
        CHECK(test::same_on_threads([&] {
          std::vector<std::vector<double>> all;
          for (const Tensor& t : test::both_ways(fused, x)) all.push_back(t.to_vector<double>());
          return all;
        }));
      }
}

TEST_CASE("normalisation fused with what follows has the same bits for 1, 2 and 4 threads") {
  for (const Twin& twin : kTwins)
    CHECK(test::same_on_threads([&] { return outcome(twin.fused, inputs({20, 15, 16, 24}, DType::f32), true); }));
}

namespace {

// Two layers. Graphs of 0, 1, 7 and 600 nodes, among them a directed edge, a double and isolated nodes.
GraphBatch uneven_graphs(const Tensor& x) {
  GraphBatch graphs;
  graphs.x = x;
  std::vector<int> row, column;
  Random random(Key(4));
  while (graphs.offsets.back() + 608 <= x.size(0))
    for (const int size : {0, 1, 7, 600, 0}) {
      const int first = int(graphs.offsets.back());
      for (int e = 0; e < 2 * size; ++e)
        row.push_back(first + int(random.below(uint32_t(size)))),
            column.push_back(first + int(random.below(uint32_t(size))));
      graphs.offsets.push_back(first + size);
    }
  graphs.offsets.push_back(x.size(0));
  graphs.adjacency = SparseMatrix::from_pairs(x.size(0), x.size(0), row, column);
  return graphs;
}

// x, then six parameters a layer.
Inputs gin_inputs(int64_t features, int64_t width, DType dtype) {
  Inputs inputs{Tensor::randn({2077, features}, Key(1), dtype)};
  for (const int64_t in : {features, width})
    for (const Shape& shape : {Shape{width, in}, {width}, {width, width}, {width}, {width}, {width}})
      inputs.push_back(Tensor::randn(shape, Key(inputs.size() + 1), dtype));
  return inputs;
}

std::vector<GinLayer> gin_layers(const Inputs& x) {
  std::vector<GinLayer> layers;
  for (size_t i = 1; i < x.size(); i += 6) {
    const Tensor zeros = Tensor::zeros(x[i + 1].shape(), x[0].dtype());
    layers.push_back({1.25,
                      x[i],
                      x[i + 1],
                      x[i + 2],
                      x[i + 3],
                      x[i + 4],
                      x[i + 5],
                      zeros,
                      zeros.clone(),
                      {.training = true, .momentum = 0.3}});
  }
  return layers;
}

}  // namespace

TEST_CASE("the fused layers of a GIN are their composed twin on the same bits for any number of threads") {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const auto& sizes : {std::pair{37, 32}, {3, 16}, {64, 64}, {16, 16}}) {
      const int features = sizes.first, width = sizes.second;
      CAPTURE(width);
      const Inputs x = gin_inputs(features, width, dtype);
      std::vector<std::vector<double>> running[2];
      const auto keep = [](std::vector<GinLayer>& layers, auto& to) {
        to.clear();
        for (GinLayer& l : layers)
          to.push_back(l.running_mean.to_vector<double>()), to.push_back(l.running_var.to_vector<double>());
      };
      const auto fused = [&](const Inputs& x) {
        std::vector<GinLayer> layers = gin_layers(x);
        const auto y = gin_sums(uneven_graphs(x[0]), layers);
        REQUIRE(y);
        keep(layers, running[0]);
        return *y;
      };
      const auto composed = [&](const Inputs& x) {
        std::vector<GinLayer> layers = gin_layers(x);
        const GraphBatch graphs = uneven_graphs(x[0]);
        std::vector<Tensor> sums;
        Tensor y = x[0];
        for (GinLayer& l : layers) {
          y = linear_relu(spmm(graphs.adjacency, y, l.diagonal), l.weight1, l.bias1);
          y = batch_norm(linear_relu(y, l.weight2, l.bias2), l.norm_weight, l.norm_bias, l.running_mean,
                         l.running_var, l.norm);
          sums.push_back(segment_sum(y, graphs.offsets));
        }
        keep(layers, running[1]);
        return concatenate(sums, 1);
      };
      const double bound = dtype == DType::f32 ? 1e-4 : 1e-12;  // f32: ReLUs near 0 may differ
      const Inputs a = test::both_ways(fused, x), b = test::both_ways(composed, x);
      REQUIRE(a.size() == b.size());
      for (size_t k = 0; k < a.size(); ++k) {
        CAPTURE(k);
        CHECK(test::deviation(a[k].to_vector<double>(), b[k].to_vector<double>()) <= bound);
      }
      for (size_t k = 0; k < 4; ++k) CHECK(test::deviation(running[0][k], running[1][k]) <= bound);
      CHECK(test::same_on_threads([&] {
        std::vector<std::vector<double>> all;
        for (const Tensor& t : test::both_ways(fused, x)) all.push_back(t.to_vector<double>());
        return all;
      }));
    }
}

TEST_CASE("layers of a GIN are not fused where an edge leaves its graph, where nodes are few or in evaluation") {
  const Inputs x = gin_inputs(8, 16, DType::f32);
  std::vector<GinLayer> layers = gin_layers(x);
  GraphBatch graphs = uneven_graphs(x[0]);
  CHECK(gin_sums(graphs, layers));
  layers[1].norm.training = false;
  CHECK_FALSE(gin_sums(graphs, layers));
  layers = gin_layers(x);
  layers[0].bias2 = Tensor();
  CHECK_FALSE(gin_sums(graphs, layers));
  layers = gin_layers(x);
  graphs.offsets = {};
  CHECK_FALSE(gin_sums(graphs, layers));
  graphs = uneven_graphs(x[0]);
  graphs.adjacency = SparseMatrix::from_pairs(2077, 2077, std::vector{5, 0}, std::vector{6, 2076});
  CHECK_FALSE(gin_sums(graphs, layers));
  const GraphBatch few{.x = Tensor::ones({2, 8}),
                       .adjacency = SparseMatrix({.values = {}, .offsets = {0, 0, 0}}, 2),
                       .offsets = {0, 2}};
  CHECK_FALSE(gin_sums(few, layers));
}
