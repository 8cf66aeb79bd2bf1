#include <doctest/doctest.h>

#include <tuple>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/ops.h"
#include "nce/nn/eval/pca.h"
#include "nce/nn/eval/trustworthiness.h"
#include "support/deviation.h"
#include "support/golden.h"
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

TEST_CASE("few rows span few directions; a constant has no variance") {
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
