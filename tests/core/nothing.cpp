// Tensors without elements, through every operation.
#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "ops_table.h"

using namespace nce;
using namespace nce::test;

namespace {

// Freed blocks full of numbers that no result has: an element that is not written shows.
void soil_pool(DType dtype) {
  std::vector<Tensor> held;
  for (int64_t bytes = 64; bytes <= 4096; bytes += 64)
    for (int k = 0; k < 4; ++k) held.push_back(Tensor::full({bytes / int64_t(size_of(dtype))}, 12345 + k, dtype));
}

// The result and the gradients, row-major.
std::vector<Tensor> run(const OpRow& row, const Inputs& inputs, const nlohmann::json& options, DType dtype) {
  soil_pool(dtype);
  Inputs leaves;
  for (const Tensor& x : inputs) leaves.push_back(x.to(dtype).clone().set_requires_grad(row.differentiable));
  std::vector<Tensor> results{row.call(leaves, options)};
  if (!row.differentiable) return results;
  results[0].backward(Tensor::ones(results[0].shape(), dtype));
  for (const Tensor& leaf : leaves) {
    REQUIRE(leaf.grad().defined());
    CHECK(leaf.grad().shape() == leaf.shape());
    results.push_back(leaf.grad());
  }
  return results;
}

Tensor with_size(const Tensor& x, int dim, int64_t size) {
  Shape shape = x.shape();
  shape[dim] = size;
  return shape[dim] == x.shape()[dim] ? x : Tensor::zeros(shape, x.dtype());
}

// Each sample with one dimension of one input set to 0, and with all dimensions of one size set to 0.
std::vector<Inputs> emptied(const Inputs& inputs) {
  std::vector<Inputs> all;
  std::set<int64_t> sizes;
  for (size_t i = 0; i < inputs.size(); ++i)
    for (int d = 0; d < inputs[i].dim(); ++d) {
      all.push_back(inputs);
      all.back()[i] = with_size(inputs[i], d, 0);
      sizes.insert(inputs[i].shape()[d]);
    }
  for (const int64_t size : sizes) {
    all.push_back(inputs);
    for (Tensor& x : all.back())
      for (int d = 0; d < x.dim(); ++d)
        if (x.shape()[d] == size) x = with_size(x, d, 0);
  }
  return all;
}

}  // namespace

// What the results are is in the golden cases (tests/reference/ops_edges.py, nothing).
TEST_CASE("sizes of 0 give every operation a result, forward and backward, or an error that names it") {
  std::set<std::string> with_result;
  int results = 0, errors = 0;
  for (const OpRow& row : op_rows())
    for (const Sample& sample : row.samples)
      for (const Inputs& inputs : emptied(sample.inputs)) {
        std::string shapes = row.name;
        for (const Tensor& x : inputs) shapes += " " + to_string(x.shape());
        CAPTURE(shapes);
        try {
          const auto single = run(row, inputs, sample.options, DType::f32);
          const auto twice = run(row, inputs, sample.options, DType::f64);
          for (size_t i = 0; i < single.size(); ++i) {
            const auto a = single[i].to_vector<double>(), b = twice[i].to_vector<double>();
            REQUIRE(a.size() == b.size());
            for (size_t k = 0; k < a.size(); ++k) {
              CHECK(std::abs(a[k]) != 12345);
              CHECK((std::isnan(a[k]) ? std::isnan(b[k]) : a[k] == b[k] || std::abs(a[k] - b[k]) < 1e-5));
            }
          }
          with_result.insert(row.name);
          ++results;
        } catch (const Error& error) {
          const std::string text = error.what();  // masked_fill is a `where`
          CAPTURE(text);
          CHECK((text.starts_with(row.name.substr(0, row.name.find('_'))) || text.starts_with("where: ")));
          ++errors;
        }
      }
  CHECK(results >= 200);
  CHECK(errors >= 100);
  for (const std::string name : {"broadcast_to", "cross_entropy", "gather"})
    with_result.insert(name);  // golden cases
  CHECK(with_result.size() == op_rows().size());
}

TEST_CASE("what has no size is refused where it would divide by it") {
  const auto refuses = [](const char* text, auto f) { CHECK_THROWS_WITH_AS(f(), text, Error); };
  const Tensor image = Tensor::ones({1, 4, 4, 2}), none;
  refuses("var: 0 elements with correction 1 leave nothing to divide by", [] { var(Tensor::zeros({3, 0}), 1); });
  refuses("var: 0 elements with correction 0 leave nothing to divide by", [] {
    var(Tensor::zeros({3, 0}), {}, false, 0);
  });
  refuses("conv2d: 0 groups do not divide the channels of x (1, 4, 4, 2) and weight (4, 3, 3, 2)", [&] {
    conv2d(image, Tensor::ones({4, 3, 3, 2}), none, {.groups = 0});
  });
  refuses("conv2d: an image or a kernel without pixels: x (1, 4, 4, 2), weight (4, 0, 3, 2)", [&] {
    conv2d(image, Tensor::ones({4, 0, 3, 2}));
  });
  refuses("max_pool2d: an image without pixels: x (1, 0, 4, 2)", [] {
    max_pool2d(Tensor::ones({1, 0, 4, 2}), {.kernel = 2, .padding = 1});
  });
  refuses("reshape: beside a size of 0, -1 could be any size: (0, 3) to (0, -1)", [] {
    reshape(Tensor::zeros({0, 3}), {0, -1});
  });
  refuses("reshape: only one size may be -1, got (-2, 3)", [] { reshape(Tensor::zeros({2, 3}), {-2, 3}); });
}

TEST_CASE("a convolution of no channels is its bias, and gives the bias its gradient") {
  const Tensor x = Tensor::zeros({2, 4, 4, 0}).set_requires_grad(true);
  const Tensor weight = Tensor::zeros({3, 3, 3, 0}).set_requires_grad(true);
  const Tensor bias = Tensor::from({1, 2, 3}, {3}).set_requires_grad(true);
  const Tensor y = conv2d(x, weight, bias, {.padding = 1});
  CHECK(y.shape() == Shape{2, 4, 4, 3});
  sum(y).backward();
  CHECK(sum(y, {0, 1, 2}).to_vector<float>() == std::vector<float>{32, 64, 96});
  CHECK(bias.grad().to_vector<float>() == std::vector<float>{32, 32, 32});
  CHECK(x.grad().shape() == x.shape());
  CHECK(weight.grad().shape() == weight.shape());
}
