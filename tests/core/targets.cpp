#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "nce/core/instructions.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/pairs.h"
#include "nce/core/ops.h"
#include "ops_table.h"
#include "support/both_ways.h"
#include "support/deviation.h"
#include "support/targets.h"

using namespace nce;
using namespace nce::test;

namespace {

// The vector kernels at odd sizes: direct and minimal convolutions, fused normalisation, exponentials.
Tensor network(const Tensors& x) {
  Tensor none;
  Tensor h = batch_norm_relu(conv2d(x[0], x[1], {}, {.padding = 1}), {}, {}, none, none);
  h = batch_norm_relu_max_pool2d(conv2d(h, x[2], {}, {.padding = 1}) * 0.1, x[3], {}, none, none);
  return concatenate({h, relu(logsumexp(h, 3, true) + mean(exp(h * 0.5), 3, true))}, 3);
}

// run(dtype) gives the same tensors with every instruction set, up to rounding.
void check_targets(const std::function<Tensors(DType)>& run) {
  const Tensors exact = run(DType::f64);
  with_every_target([&] {
    for (DType dtype : {DType::f32, DType::f64}) {
      const Tensors ours = run(dtype);
      for (size_t k = 0; k < exact.size(); ++k) {
        CAPTURE(k);
        CHECK(deviation(ours[k], exact[k]) < (dtype == DType::f32 ? 2e-5 : 1e-12));
      }
    }
  });
}

}  // namespace

TEST_CASE("every instruction set that this processor has computes the same, up to rounding") {
  const auto normal = [](const Shape& shape, uint64_t seed) { return Tensor::randn(shape, Key(seed)); };
  const Tensors x{normal({3, 9, 7, 3}, 1), normal({21, 3, 3, 3}, 2), normal({37, 3, 3, 21}, 3), normal({37}, 4)};
  check_targets([&](DType dtype) { return both_ways(network, in(dtype, x)); });
  for (const OpRow& row : op_rows())
    for (const Sample& sample : row.samples) {
      CAPTURE(row.name);
      check_targets([&](DType dtype) { return Tensors{row.call(in(dtype, sample.inputs), sample.options)}; });
    }
}

namespace {

// Every kernel of pairs.h and the logistic ones, beside the standard library in double. The row has -inf, and a
// tail after the last whole vector.
template <class T>
void check_pair_kernels(double tolerance) {
  constexpr int64_t n = 37;
  const T none = -std::numeric_limits<T>::infinity();
  std::vector<T> s(n), columns(n), shifts(n), weights(n), e(n), sums(n), g(n), largest(n), shifted(n), both(n);
  for (int64_t i = 0; i < n; ++i) {
    s[size_t(i)] = T(std::sin(double(3 * i)) * 5), shifts[size_t(i)] = T(std::cos(double(i)) * 4);
    weights[size_t(i)] = columns[size_t(i)] = T(std::cos(double(5 * i)));
  }
  s[7] = s[11] = s[36] = none, shifts[11] = none;  // a shift is at least as large as its column
  const auto near = [&](double value, double exact) {
    return std::abs(value - exact) <= tolerance * (1 + std::abs(exact));
  };

  const double total = double(kernels::pairs<T>().exp_row(s.data(), n, e.data(), sums.data()));
  kernels::pairs<T>().weigh_row(e.data(), n, T(0.5), weights.data(), g.data());
  largest = shifts;
  kernels::pairs<T>().max_columns(s.data(), n, largest.data());
  kernels::pairs<T>().add_exp_columns(s.data(), n, shifts.data(), shifted.data());
  kernels::pairs<T>().shifted_weigh_row(s.data(), n, T(2), T(0.5), shifts.data(), weights.data(), both.data());
  double exact = 0;
  for (size_t i = 0; i < size_t(n); ++i) {
    const double x = double(s[i]), apart = shifts[i] == none ? 0 : std::exp(x - double(shifts[i]));
    exact += std::exp(x);
    CHECK(near(double(e[i]), std::exp(x)));
    CHECK(near(double(sums[i]), std::exp(x)));
    CHECK(near(double(g[i]), std::exp(x) * (0.5 + double(weights[i]))));
    CHECK(largest[i] == std::max(s[i], shifts[i]));
    CHECK(near(double(shifted[i]), apart));
    CHECK(near(double(both[i]), 0.5 * std::exp(x - 2) + double(weights[i]) * apart));
  }
  CHECK(near(total, exact));
  kernels::pairs<T>().weigh_row(e.data(), n, T(0.5), nullptr, g.data());
  CHECK(near(double(g[3]), 0.5 * std::exp(double(s[3]))));

  for (T& x : s) x *= 30;  // far beyond where exp would overflow
  kernels::elementwise<T>().softplus(s.data(), n, e.data()),
      kernels::elementwise<T>().sigmoid(s.data(), n, g.data());
  for (size_t i = 0; i < size_t(n); ++i) {
    const double x = double(s[i]);
    CHECK(near(double(e[i]), std::max(x, 0.) + std::log1p(std::exp(-std::abs(x)))));
    CHECK(near(double(g[i]), 1 / (1 + std::exp(-x))));
  }
}

}  // namespace

TEST_CASE("kernels of pairs and logistic functions are the standard library's with every instruction set") {
  with_every_target([] {
    check_pair_kernels<float>(2e-6);
    check_pair_kernels<double>(1e-13);
  });
}

TEST_CASE("asking for the instruction set leaves the one in use") {  // matters where NCE_INSTRUCTIONS
  const std::string name = instructions();                           // sets a limit
  use_targets(0);
  const size_t used = hwy::GetChosenTarget().GetIndex();
  CHECK(instructions() == name);
  CHECK(hwy::GetChosenTarget().GetIndex() == used);
}
