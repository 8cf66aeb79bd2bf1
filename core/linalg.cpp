#include "nce/core/linalg.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nce/core/backend/backend.h"
#include "nce/core/error.h"

namespace nce {

namespace {

// The eigenvalues of `matrix`; with `vectors` it becomes their vectors, a row each. False, and NaN, where it is not finite.
bool eigen(const char* name, bool vectors, std::vector<double>& matrix, int64_t n, std::vector<double>& values) {
  check(n >= 0 && int64_t(matrix.size()) == n * n, "{}: {} elements are not a matrix ({}, {})", name, matrix.size(),
        n, n);
  const bool finite = std::all_of(matrix.begin(), matrix.end(), [](double x) { return std::isfinite(x); });
  values.assign(size_t(n), finite ? 0 : std::numeric_limits<double>::quiet_NaN());
  if (n == 0 || !finite) return finite;
  check(backend::eigen(vectors, matrix, n, values), "{}: no convergence", name);
  return true;
}

}  // namespace

std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, int64_t n) {
  std::vector<double> values;
  eigen("symmetric_eigenvalues", false, matrix, n, values);
  return values;
}

Eigensystem symmetric_eigensystem(std::vector<double> matrix, int64_t n) {
  Eigensystem found;
  if (!eigen("symmetric_eigensystem", true, matrix, n, found.values))
    std::fill(matrix.begin(), matrix.end(), std::numeric_limits<double>::quiet_NaN());
  found.vectors = std::move(matrix);
  for (auto row = found.vectors.begin(); row != found.vectors.end(); row += n) {
    const auto largest =
        std::max_element(row, row + n, [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (*largest < 0) std::transform(row, row + n, row, [](double x) { return -x; });
  }
  return found;
}

bool cholesky(std::vector<double>& matrix, int64_t n) {
  check(n >= 0 && int64_t(matrix.size()) == n * n, "cholesky: {} elements are not a matrix ({}, {})", matrix.size(),
        n, n);
  return n == 0 || backend::cholesky(matrix, n);
}

bool solve(const std::vector<double>& a, std::vector<double>& b) {
  const size_t n = b.size();
  check(a.size() == n * n, "solve: {} elements are not a matrix ({}, {})", a.size(), n, n);
  return n == 0 ||
         (backend::solve(a, b) && std::all_of(b.begin(), b.end(), [](double x) { return std::isfinite(x); }));
}

}  // namespace nce
