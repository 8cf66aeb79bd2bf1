#include "nce/core/linalg.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nce/core/blas.h"
#include "nce/core/error.h"

// LAPACK, which OpenBLAS contains. Fortran passes the lengths of the two texts last.
extern "C" void dsyev_(const char* job, const char* triangle, const blasint* n, double* a, const blasint* lda,
                       double* values, double* work, const blasint* work_size, blasint* info, size_t, size_t);
extern "C" void dpotrf_(const char* triangle, const blasint* n, double* a, const blasint* lda, blasint* info,
                        size_t);
extern "C" void dgesv_(const blasint* n, const blasint* columns, double* a, const blasint* lda, blasint* pivots,
                       double* b, const blasint* ldb, blasint* info);

namespace nce {

namespace {

// The eigenvalues of `matrix`; with `vectors` it becomes their vectors, a row each. False, and NaN, where it is not finite.
bool eigen(const char* name, bool vectors, std::vector<double>& matrix, int64_t n, std::vector<double>& values) {
  check(n >= 0 && int64_t(matrix.size()) == n * n, "{}: {} elements are not a matrix ({}, {})", name, matrix.size(),
        n, n);
  const bool finite = std::all_of(matrix.begin(), matrix.end(), [](double x) { return std::isfinite(x); });
  values.assign(size_t(n), finite ? 0 : std::numeric_limits<double>::quiet_NaN());
  if (n == 0 || !finite) return finite;
  blas_kernels();                                          // LAPACK runs on them: they must be selected first
  const blasint size = blasint(n), work_size = 34 * size;  // room for blocks of 32 rows
  std::vector<double> work(static_cast<size_t>(work_size));
  blasint info = 0;
  dsyev_(vectors ? "V" : "N", "U", &size, matrix.data(), &size, values.data(), work.data(), &work_size, &info, 1,
         1);
  check(info == 0, "{}: no convergence", name);
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
  if (n == 0) return true;
  blas_kernels();
  const blasint size = blasint(n);
  blasint info = 0;
  dpotrf_("U", &size, matrix.data(), &size, &info, 1);  // Fortran's upper triangle is the lower one by rows
  return info == 0;
}

bool solve(const std::vector<double>& a, std::vector<double>& b) {
  const size_t n = b.size();
  check(a.size() == n * n, "solve: {} elements are not a matrix ({}, {})", a.size(), n, n);
  std::vector<double> columns(n * n);  // Fortran's layout
  for (size_t i = 0; i < n * n; ++i) columns[i % n * n + i / n] = a[i];
  blas_kernels();
  std::vector<blasint> pivots(n);
  const blasint size = blasint(n), one = 1;
  blasint info = 0;
  dgesv_(&size, &one, columns.data(), &size, pivots.data(), b.data(), &size, &info);
  return info == 0 && std::all_of(b.begin(), b.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace nce
