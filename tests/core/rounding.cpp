#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops.h"
#include "support/both_ways.h"
#include "support/error_of.h"
#include "support/targets.h"

using namespace nce;
using namespace nce::test;

// Bounds of the rounding error of f32, relative to f64. They are about twice what was measured with any instruction
// set. nce_bench_errors shows the errors beside those of plain loops. Bounds for minimal filtering are in images.cpp,
// for losses in tests/losses, for transforms in tests/data, for optimisers in tests/nn.

namespace {

struct Case {
  std::string name;
  Tensors inputs;
  std::function<Tensor(const Tensors&)> f;
  std::vector<double> bounds;  // rms error of the value, then of the derivative by each input
};

std::vector<Case> cases() {
  const auto normal = [](const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed)); };
  const auto norm_inputs = [&](double mean) {
    return Tensors{normal({16, 16, 16, 16}, 1) + mean, normal({16}, 2), normal({16}, 3)};
  };
  const auto normalised = [](auto normalise) {
    return [normalise](const Tensors& x) {
      Tensor none;
      return normalise(x[0], x[1], x[2], none, none, BatchNormOptions{});
    };
  };
  const auto direct = [](int64_t stride) {
    return [stride](const Tensors& x) { return conv2d(x[0], x[1], {}, {.stride = stride, .padding = 1}); };
  };
  const Tensor logits = normal({4, 1 << 15}, 1) * 5.0;
  return {
      {"matmul",
       {normal({64, 784}, 1), normal({784, 64}, 2)},
       [](auto& x) { return matmul(x[0], x[1]); },
       {7e-7, 3e-7, 3e-7}},
      {"matmul, deep",
       {normal({32, 8192}, 1), normal({8192, 32}, 2)},
       [](auto& x) { return matmul(x[0], x[1]); },
       {9e-7, 2e-7, 2e-7}},
      {"conv2d, first layer",
       {normal({64, 32, 32, 3}, 1), normal({32, 3, 3, 3}, 2)},
       direct(1),
       {2e-7, 6e-7, 1.2e-6}},
      {"conv2d, stride 2", {normal({8, 16, 16, 64}, 1), normal({64, 3, 3, 64}, 2)}, direct(2), {8e-7, 5e-7, 5e-7}},
      {"batch_norm", norm_inputs(10), normalised(batch_norm), {8e-7, 8e-8, 2.5e-7, 2e-7}},
      {"batch_norm_relu", norm_inputs(10), normalised(batch_norm_relu), {8e-7, 8e-8, 3e-7, 2e-7}},
      {"batch_norm_add_relu",
       {normal({16, 16, 16, 16}, 1), normal({16}, 2), normal({16}, 3), normal({16, 16, 16, 16}, 4)},
       [](auto& x) {
         Tensor none;
         return batch_norm_add_relu(x[0], x[3], x[1], x[2], none, none);
       },
       {1e-7, 8e-8, 2.5e-7, 2.5e-7, 1e-30}},
      {"batch_norm_relu_max_pool2d",
       norm_inputs(0),
       normalised(batch_norm_relu_max_pool2d),
       {8e-8, 8e-8, 2e-7, 1e-7}},
      {"batch_norm, far from 0", norm_inputs(1000), normalised(batch_norm), {9e-5, 1e-6, 2e-7, 2e-7}},
      {"sum of rows",  // its derivative is a copy
       {Tensor::uniform({2, 1 << 20}, 0, 1, Key(1))},
       [](auto& x) { return sum(x[0], 1); },
       {5e-7, 1e-30}},
      {"sum of columns",
       {Tensor::uniform({1 << 16, 32}, 0, 1, Key(1))},
       [](auto& x) { return sum(x[0], 0); },
       {2.5e-7, 1e-30}},
      {"logsumexp", {logits}, [](auto& x) { return logsumexp(x[0], 1); }, {8e-8, 3e-7}},
      {"softmax", {logits}, [](auto& x) { return softmax(x[0]); }, {3e-7, 4e-7}},
      {"log_softmax", {logits}, [](auto& x) { return log_softmax(x[0]); }, {8e-8, 5e-7}},
      {"normalize", {normal({512, 128}, 1)}, [](auto& x) { return normalize(x[0]); }, {8e-8, 1e-7}},
  };
}

}  // namespace

TEST_CASE("operations in f32 and their derivatives stay within their bounds of rounding error") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const Tensors exact = both_ways(c.f, in(DType::f64, c.inputs));
    REQUIRE(exact.size() == c.bounds.size());
    with_every_target([&] {
      const Tensors ours = both_ways(c.f, c.inputs);
      for (size_t k = 0; k < exact.size(); ++k) {
        CAPTURE(k);
        CHECK(error_of(ours[k], exact[k]).rms < c.bounds[k]);
      }
    });
  }
}

TEST_CASE(
    "exp is within two units in the last place over its range, sigmoid and softplus within five, gelu within eight") {
  std::vector<double> range;
  for (double x = -103; x < 88.7; x += 0.0173) range.push_back(double(float(x)));
  const Tensor points = Tensor::from(range, {int64_t(range.size())});
  const Tensor x = Tensor::uniform({1 << 16}, -87, 88, Key(1));
  const auto worst = [](const Tensor& x, const Tensor& ours, double (*exact)(double)) {
    const double unit = x.dtype() == DType::f32 ? 0x1p-23 : 0x1p-52, least = x.dtype() == DType::f32 ? 1.2e-38 : 0;
    const auto at = x.to_vector<double>(), y = ours.to_vector<double>();
    double largest = 0;
    for (size_t i = 0; i < at.size(); ++i)  // subnormal numbers have fewer digits
      if (const double e = exact(at[i]); std::abs(e) > least)
        largest = std::max(largest, std::abs(y[i] / e - 1) / unit);
    return largest;
  };
  const auto run = [&](auto kernel) {
    Tensor y = Tensor::empty(x.shape());
    kernel(x.data<float>(), x.numel(), y.mutable_data<float>());
    return y;
  };
  with_every_target([&] {
    for (const Tensor& each : {points, points.to(DType::f32)}) CHECK(worst(each, exp(each), std::exp) < 2);
    CHECK(worst(x, run(kernels::elementwise<float>().sigmoid), [](double v) { return 1 / (1 + std::exp(-v)); }) <
          5);
    CHECK(worst(x, run(kernels::elementwise<float>().softplus),
                [](double v) { return std::max(v, 0.) + std::log1p(std::exp(-std::abs(v))); }) < 5);
    CHECK(worst(x, run(kernels::elementwise<float>().gelu), [](double v) {
            return v * std::erfc(-v / std::numbers::sqrt2) / 2;
          }) < 8);  // 5 with fused multiply-adds
  });
}
