#include <cblas.h>

#include <vector>

#include "nce/core/backend/backend.h"

// LAPACK, which OpenBLAS contains. Fortran passes the lengths of the two texts last.
extern "C" void dsyev_(const char* job, const char* triangle, const blasint* n, double* a, const blasint* lda,
                       double* values, double* work, const blasint* work_size, blasint* info, size_t, size_t);
extern "C" void dpotrf_(const char* triangle, const blasint* n, double* a, const blasint* lda, blasint* info,
                        size_t);
extern "C" void dgesv_(const blasint* n, const blasint* columns, double* a, const blasint* lda, blasint* pivots,
                       double* b, const blasint* ldb, blasint* info);

namespace nce::openblas {

// `blas_kernels` before each: LAPACK runs on them, so they must be selected first.

bool eigen(bool vectors, std::vector<double>& matrix, int64_t n, std::vector<double>& values) {
  blas_kernels();
  const blasint size = blasint(n), work_size = 34 * size;  // room for blocks of 32 rows
  std::vector<double> work(static_cast<size_t>(work_size));
  values.resize(size_t(n));
  blasint info = 0;
  dsyev_(vectors ? "V" : "N", "U", &size, matrix.data(), &size, values.data(), work.data(), &work_size, &info, 1,
         1);
  return info == 0;
}

bool cholesky(std::vector<double>& matrix, int64_t n) {
  blas_kernels();
  const blasint size = blasint(n);
  blasint info = 0;
  dpotrf_("U", &size, matrix.data(), &size, &info, 1);  // Fortran's upper triangle is the lower one by rows
  return info == 0;
}

bool solve(const std::vector<double>& a, std::vector<double>& b) {
  blas_kernels();
  const size_t n = b.size();
  std::vector<double> columns(n * n);  // Fortran's layout
  for (size_t i = 0; i < n * n; ++i) columns[i % n * n + i / n] = a[i];
  std::vector<blasint> pivots(n);
  const blasint size = blasint(n), one = 1;
  blasint info = 0;
  dgesv_(&size, &one, columns.data(), &size, pivots.data(), b.data(), &size, &info);
  return info == 0;
}

}  // namespace nce::openblas
