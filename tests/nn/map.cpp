#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/ops.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/neighbour_embedding.h"
#include "nce/nn/eval/pca.h"
#include "nce/nn/eval/trustworthiness.h"
#include "support/deviation.h"
#include "support/golden.h"
#include "support/targets.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

namespace {

const nlohmann::json golden = nce::test::golden_file("evaluation.json");

Tensor golden_rows() {
  const auto values = golden["train"].get<std::vector<double>>();
  const int64_t d = golden["d"];
  return Tensor::from(values, {int64_t(values.size()) / d, d});
}

// N rows in three clouds, row i in cloud i % 3.
Tensor three_clouds(int64_t n, DType dtype) {
  std::vector<int> cloud;
  for (int64_t i = 0; i < n; ++i) cloud.push_back(int(i % 3));
  return (Tensor::randn({n, 8}, Key(3), DType::f64) +
          index_select(Tensor::randn({3, 8}, Key(4), DType::f64) * 6, 0, cloud))
      .to(dtype);
}

// The map after the first steps, all of them early ones, from the formula of the loss by ordinary operations.
Tensor composed_map(const Tensor& x, int k, int steps, double delta) {
  const int64_t n = x.size(0);
  const auto squared_distances = [&](const Tensor& y) { return sum(square(unsqueeze(y, 1) - unsqueeze(y, 0)), 2); };
  const auto far = squared_distances(x).to_vector<double>();
  std::vector<double> positive(size_t(n * n)), self(size_t(n * n));
  for (int64_t i = 0; i < n; ++i) {
    std::vector<int> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int a, int b) { return far[size_t(i * n + a)] < far[size_t(i * n + b)]; });
    for (int j = 1; j <= k; ++j) positive[size_t(i * n + order[size_t(j)])] = delta / k;
    self[size_t(i * n + i)] = 1;
  }
  const Tensor a = Tensor::from(positive, {n, n}), diagonal = Tensor::from(self, {n, n});
  const Pca pca = fit_pca(x);
  std::vector<double> y = (pca.project(x) * (1e-4 / std::sqrt(pca.variance[0]))).to_vector<double>();
  std::vector<double> speed(y.size()), gain(y.size(), 1);
  for (int step = 0; step < steps; ++step) {
    const Tensor at = Tensor::from(y, {n, 2}).set_requires_grad(true);
    const Tensor q = 1.0 / (squared_distances(at) + 1.0);
    const Tensor loss = (sum(log(sum(q * (1.0 - diagonal), 1))) - sum(a * log(q))) / double(n);
    loss.backward();
    const auto slope = at.grad().to_vector<double>();
    for (size_t c = 0; c < y.size(); ++c) {
      gain[c] = std::max(0.01, slope[c] * speed[c] < 0 ? gain[c] + 0.2 : gain[c] * 0.8);
      speed[c] = 0.5 * speed[c] - 2 / delta * gain[c] * slope[c] * double(n) / 2;
      y[c] += speed[c];
    }
  }
  return Tensor::from(y, {n, 2});
}

}  // namespace

TEST_CASE("eigenvectors give the matrix back, and are at right angles") {
  const Tensor a = Tensor::randn({9, 9}, Key(1), DType::f64), m = a + transpose(a, 0, 1);
  const Eigensystem found = symmetric_eigensystem(m.to_vector<double>(), 9);
  CHECK(test::deviation(found.values, symmetric_eigenvalues(m.to_vector<double>(), 9)) < 1e-13);
  const Tensor v = Tensor::from(found.vectors, {9, 9}), values = Tensor::from(found.values, {9, 1});
  CHECK(test::deviation(matmul(transpose(v, 0, 1), v * values).to_vector<double>(), m.to_vector<double>()) < 1e-13);
  const auto products = matmul(v, transpose(v, 0, 1)).to_vector<double>();
  for (size_t i = 0; i < products.size(); ++i) CHECK(products[i] == Approx(i % 10 == 0 ? 1 : 0).epsilon(1e-12));
}

TEST_CASE("principal components are scikit-learn's") {
  const Tensor x = golden_rows();
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Pca pca = fit_pca(x.to(dtype), 5);
    const double bound = dtype == DType::f64 ? 1e-10 : 1e-4;
    std::vector<double> expected;
    for (const auto& row : golden["pca"]["components"])
      for (const double value : row) expected.push_back(value);
    CHECK(test::deviation(pca.components.to_vector<double>(), expected) < bound);
    CHECK(test::deviation(pca.variance, golden["pca"]["variance"].get<std::vector<double>>()) < bound);
    CHECK(pca.explained(5) == Approx(1));
    CHECK(pca.explained(1) == Approx(pca.variance[0] / (pca.variance[0] + pca.variance[1] + pca.variance[2] +
                                                        pca.variance[3] + pca.variance[4])));
  }
}

TEST_CASE("few rows span few directions, a constant has no variance") {
  const Tensor three = Tensor::randn({3, 8}, Key(1));
  const Pca pca = fit_pca(three, 2);
  CHECK(pca.variance.size() == 3);
  CHECK(pca.explained(2) == Approx(1));
  const Tensor back = matmul(pca.project(three.to(DType::f64)), pca.components) + pca.mean;
  CHECK(test::deviation(back.to_vector<double>(), three.to_vector<double>()) < 1e-6);
  CHECK(fit_pca(Tensor::ones({5, 3})).explained(1) == 1);
  CHECK_THROWS_WITH_AS(fit_pca(Tensor::ones({1, 3})), "pca: one row does not vary; two are needed", Error);
  CHECK_THROWS_WITH_AS(fit_pca(three, 9), "pca: 9 components of features with 8 columns", Error);
}

TEST_CASE("trustworthiness and continuity are scikit-learn's") {
  const Tensor x = golden_rows(), plane = fit_pca(x).project(x);
  REQUIRE(golden["trustworthiness"].size() == 3);
  for (const auto& c : golden["trustworthiness"]) {
    CHECK(trustworthiness(x, plane, c["k"]) == Approx(c["trustworthiness"].get<double>()).epsilon(1e-12));
    CHECK(continuity(x, plane, c["k"]) == Approx(c["continuity"].get<double>()).epsilon(1e-12));
  }
  CHECK(trustworthiness(x, x) == 1);
  CHECK(trustworthiness(x, x * 3 + 7) == 1);
  const Tensor many = Tensor::randn({300, 6}, Key(2));
  CHECK(test::same_on_threads([&] { return trustworthiness(many, slice(many, 1, 0, 2)); }));
  CHECK_THROWS_WITH_AS(trustworthiness(x, x, 30),
                       "trustworthiness: k = 30 is not within 1 .. N / 2 for N = 60 rows", Error);
}

TEST_CASE("a neighbour embedding descends its loss, with every instruction set") {
  const Tensor x = three_clouds(67, DType::f64);
  const Tensor expected = composed_map(x, 5, 4, 6);
  test::with_every_target([&] {
    const auto first_steps = [&](DType dtype) {
      return neighbour_embedding(x.to(dtype), {.neighbours = 5, .steps = 4, .early_delta = 6, .early = 1});
    };
    CHECK(test::deviation(first_steps(DType::f64), expected) < 1e-12);
    CHECK(test::deviation(first_steps(DType::f32), expected) < 1e-4);
  });
}

TEST_CASE("a neighbour embedding keeps neighbours better than PCA, and does not depend on the number of threads") {
  const Tensor x = three_clouds(300, DType::f32), map = neighbour_embedding(x);
  CHECK(map.shape() == Shape{300, 2});
  const Tensor plane = fit_pca(x).project(x);
  CHECK(trustworthiness(x, map) > trustworthiness(x, plane) + 0.05);
  CHECK(continuity(x, map) > continuity(x, plane));
  // Each cloud stays together: what is near is of the same one.
  std::vector<int> cloud(300);
  for (size_t i = 0; i < 300; ++i) cloud[i] = int(i % 3);
  const std::vector<int> even(cloud.begin(), cloud.begin() + 150), odd(cloud.begin() + 150, cloud.end());
  CHECK(knn_accuracy(slice(map, 0, 0, 150), even, slice(map, 0, 150, 300), odd, {.k = 5}) > 0.95);
  CHECK(test::same_on_threads([&] { return neighbour_embedding(x, {.steps = 30}).to_vector<float>(); }));
}

TEST_CASE("maps of odd features: one column, equal rows, too few rows") {
  const Tensor line = Tensor::randn({40, 1}, Key(5));
  CHECK(trustworthiness(line, neighbour_embedding(line)) > 0.9);
  const auto equal = neighbour_embedding(Tensor::ones({20, 3})).to_vector<double>();
  CHECK(std::all_of(equal.begin(), equal.end(), [](double v) { return std::isfinite(v); }));
  CHECK_THROWS_WITH_AS(neighbour_embedding(Tensor::ones({2, 3})),
                       "neighbour_embedding: 2 rows make no map; three are needed", Error);
  CHECK_THROWS_WITH_AS(neighbour_embedding(Tensor::ones({10, 3})),
                       "neighbour_embedding: 10 neighbours cannot be found among 10 rows", Error);
}
