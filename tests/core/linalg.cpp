#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/ops.h"

using namespace nce;

namespace {

// Q diag(values) Q^T, where Q is a product of random reflections.
std::vector<double> matrix_with(const std::vector<double>& values) {
  const int64_t n = int64_t(values.size());
  Tensor a = Tensor::zeros({n, n}, DType::f64);
  for (int64_t i = 0; i < n; ++i) a.mutable_data<double>()[i * n + i] = values[size_t(i)];
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Tensor v = normalize(Tensor::randn({n, 1}, Key(seed), DType::f64), 0);
    const Tensor av = matmul(a, v), vav = matmul(t(v), av);
    a = a - matmul(v, t(av)) * 2 - matmul(av, t(v)) * 2 + matmul(v, t(v)) * vav * 4;
  }
  return a.to_vector<double>();
}

void check_values(const std::vector<double>& matrix, std::vector<double> expected) {
  std::sort(expected.begin(), expected.end());
  const auto values = symmetric_eigenvalues(matrix, int64_t(expected.size()));
  REQUIRE(values.size() == expected.size());
  const double largest = std::max(std::abs(expected.front()), std::abs(expected.back()));
  for (size_t i = 0; i < values.size(); ++i) CHECK(std::abs(values[i] - expected[i]) <= 2e-14 * largest);
}

}  // namespace

TEST_CASE("eigenvalues of symmetric matrices that were made from them come back") {
  check_values({3}, {3});
  check_values({2, 1, 1, 2}, {1, 3});
  check_values({0, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0});
  check_values({5, 0, 0, 0, -2, 0, 0, 0, 1}, {5, -2, 1});
  std::vector<double> spread, equal(40, 2), low_rank(60), tiny, huge;
  for (int i = 0; i < 130; ++i) spread.push_back(std::pow(0.8, i) * (i % 3 == 0 ? -1 : 1));
  low_rank[7] = 10, low_rank[20] = 3;
  for (int i = 1; i <= 12; ++i) tiny.push_back(i * 1e-200), huge.push_back(i * 1e200);
  for (const auto& values : {spread, equal, low_rank, tiny, huge}) check_values(matrix_with(values), values);
}

TEST_CASE("eigenvalues of a chain of springs are 2 - 2 cos(k pi / (n + 1))") {
  const int64_t n = 300;
  std::vector<double> matrix(size_t(n * n)), expected;
  for (int64_t i = 0; i < n; ++i) {
    matrix[size_t(i * n + i)] = 2;
    if (i > 0) matrix[size_t(i * n + i - 1)] = matrix[size_t((i - 1) * n + i)] = -1;
    expected.push_back(2 - 2 * std::cos(double(i + 1) * std::numbers::pi / double(n + 1)));
  }
  check_values(matrix, expected);
}

TEST_CASE("eigenvalues of what is no finite square matrix: an error, or NaN") {
  CHECK(symmetric_eigenvalues({}, 0).empty());
  CHECK_THROWS_WITH_AS(symmetric_eigenvalues({1, 2, 3}, 2),
                       "symmetric_eigenvalues: 3 elements are not a matrix (2, 2)", Error);
  for (const double x : symmetric_eigenvalues({1, 2, 2, INFINITY}, 2)) CHECK(std::isnan(x));
}

TEST_CASE("a positive definite matrix is the square of its lower triangle, another is said") {
  std::vector<double> matrix{4, 2, -2, 2, 10, 2, -2, 2, 6};
  CHECK(cholesky(matrix, 3));
  const std::vector<double> expected{2, 0, 0, 1, 3, 0, -1, 1, 2};
  for (const size_t i : {0, 3, 4, 6, 7, 8}) CHECK(matrix[i] == doctest::Approx(expected[i]));
  matrix = {1, 2, 2, 1};
  CHECK(!cholesky(matrix, 2));
  matrix = {};
  CHECK(cholesky(matrix, 0));
  CHECK_THROWS_WITH_AS(cholesky(matrix, 2), "cholesky: 0 elements are not a matrix (2, 2)", Error);
}

TEST_CASE("linear equations are solved, also where the first pivot is 0, a singular matrix is said") {
  std::vector<double> b{8, -1, 6};
  CHECK(solve({0, 1, 2, 3, -2, 0, 1, 1, 1}, b));
  for (size_t i = 0; i < 3; ++i) CHECK(b[i] == doctest::Approx(double(i) + 1));
  b = {1, 1};
  CHECK(!solve({1, 2, 2, 4}, b));
  CHECK(!solve({NAN, 2, 2, 4}, b));
  CHECK_THROWS_WITH_AS(solve({1, 2, 3}, b), "solve: 3 elements are not a matrix (2, 2)", Error);
}
