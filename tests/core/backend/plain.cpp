// The plain back end, also where the tests stand on OpenBLAS: CMake then compiles it into this program alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "nce/core/backend/backend.h"
#include "nce/core/random.h"

using namespace nce;

namespace {

template <class T>
std::vector<T> numbers(int64_t n, uint64_t seed) {
  Random random{Key(seed)};
  std::vector<T> values(static_cast<size_t>(n));
  for (T& v : values) v = T(random.uniform(-1, 1));
  return values;
}

// Rows of the three matrices are 3 elements apart in memory; what is between them must stay.
template <class T>
void check_product(int64_t m, int64_t n, int64_t k, bool ta, bool tb, T alpha, T beta, double error) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(ta);
  CAPTURE(tb);
  CAPTURE(beta);
  const int64_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 3, ldc = n + 3;
  const auto a = numbers<T>((ta ? k : m) * lda, 1), b = numbers<T>((tb ? n : k) * ldb, 2);
  auto c = numbers<T>(m * ldc, 3);
  const auto before = c;
  if (beta == T(0))
    for (int64_t i = 0; i < m; ++i) std::fill_n(c.data() + i * ldc, n, std::numeric_limits<T>::quiet_NaN());
  plain::gemm(ta, tb, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta, c.data(), ldc);
  double worst = 0;
  for (int64_t i = 0; i < m; i += std::max<int64_t>(1, m / 20))
    for (int64_t j = 0; j < ldc; ++j) {
      double expected = double(before[size_t(i * ldc + j)]);
      if (j < n) {
        double sum = 0;
        for (int64_t l = 0; l < k; ++l)
          sum +=
              double(a[size_t(ta ? l * lda + i : i * lda + l)]) * double(b[size_t(tb ? j * ldb + l : l * ldb + j)]);
        expected = double(alpha) * sum + double(beta) * expected;
      }
      const double difference = std::abs(double(c[size_t(i * ldc + j)]) - expected);
      worst = std::max(worst, std::isnan(difference) ? 1 : difference);
    }
  CHECK(worst <= error * double(k + 10));
}

}  // namespace

TEST_CASE("plain: gemm is the sum of products, in one block or several, and leaves what is between rows") {
  struct {
    int64_t m, n, k;
  } const products[] = {{1, 1, 1}, {3, 5, 7}, {2, 3, 0}, {40, 33, 30}, {259, 20, 9}, {7, 270, 8}, {30, 35, 530}};
  for (const auto& [m, n, k] : products)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        check_product<float>(m, n, k, ta, tb, 1, 0, 1e-6);
        check_product<float>(m, n, k, ta, tb, 0.5f, 2, 1e-6);
        check_product<double>(m, n, k, ta, tb, -1.5, 1, 1e-15);
      }
}

TEST_CASE("plain: eigenvectors of a symmetric matrix are orthonormal, and it scales them by the eigenvalues") {
  struct {
    int64_t n, rank;
    double scale;
  } const matrices[] = {{1, 1, 1},       {2, 2, 1},        {31, 31, 1}, {40, 3, 1},
                        {12, 12, 1e200}, {12, 12, 1e-200}, {5, 0, 1}};
  for (const auto& m : matrices) {
    const int64_t n = m.n, rank = m.rank;
    const double scale = m.scale;
    CAPTURE(n);
    CAPTURE(rank);
    CAPTURE(scale);
    const auto u = numbers<double>(n * rank, 1);
    const auto at = [n](int64_t i, int64_t j) { return size_t(i * n + j); };
    std::vector<double> matrix(size_t(n * n)), values, alone;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        for (int64_t k = 0; k < rank; ++k)
          matrix[at(i, j)] += (k % 2 ? -scale : scale) * u[size_t(i * rank + k)] * u[size_t(j * rank + k)];
    auto vectors = matrix, spent = matrix;
    REQUIRE(plain::eigen(true, vectors, n, values));
    REQUIRE(plain::eigen(false, spent, n, alone));
    CHECK(std::is_sorted(values.begin(), values.end()));
    const double largest = std::max(std::abs(values.front()), std::abs(values.back()));
    double orthonormal = 0, scaled = 0, same = 0;
    for (int64_t i = 0; i < n; ++i) {
      same = std::max(same, std::abs(values[size_t(i)] - alone[size_t(i)]));
      for (int64_t j = 0; j < n; ++j) {
        double product = 0, row = 0;
        for (int64_t k = 0; k < n; ++k)
          product += vectors[at(i, k)] * vectors[at(j, k)], row += matrix[at(j, k)] * vectors[at(i, k)];
        orthonormal = std::max(orthonormal, std::abs(product - (i == j)));
        scaled = std::max(scaled, std::abs(row - values[size_t(i)] * vectors[at(i, j)]));
      }
    }
    CHECK(orthonormal < 1e-14);
    CHECK(scaled <= 1e-14 * largest);
    CHECK(same <= 1e-14 * largest);
    CHECK((rank == 0) == (largest == 0));
  }
}

TEST_CASE("plain: Cholesky's triangle and elimination with pivots, and what has neither") {
  std::vector<double> matrix{4, 2, -2, 2, 10, 2, -2, 2, 6};
  CHECK(plain::cholesky(matrix, 3));
  const std::vector<double> expected{2, 0, 0, 1, 3, 0, -1, 1, 2};
  for (const size_t i : {0, 3, 4, 6, 7, 8}) CHECK(matrix[i] == doctest::Approx(expected[i]));
  matrix = {1, 2, 2, 1};
  CHECK(!plain::cholesky(matrix, 2));

  const int64_t n = 30;
  const auto a = numbers<double>(n * n, 4), x = numbers<double>(n, 5);
  std::vector<double> b(n);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) b[size_t(i)] += a[size_t(i * n + j)] * x[size_t(j)];
  CHECK(plain::solve(a, b));
  for (int64_t i = 0; i < n; ++i) CHECK(std::abs(b[size_t(i)] - x[size_t(i)]) < 1e-12);
  b = {8, -1, 6};
  CHECK(plain::solve({0, 1, 2, 3, -2, 0, 1, 1, 1}, b));  // the first pivot is 0
  for (size_t i = 0; i < 3; ++i) CHECK(b[i] == doctest::Approx(double(i) + 1));
  b = {1, 1};
  CHECK(!plain::solve({1, 2, 2, 4}, b));
}
