#pragma once
#include <cstdint>
#include <string>
#include <vector>

// What a back end gives to core. There are two: openblas/ (OpenBLAS with LAPACK, and oneTBB) and plain/ (this
// project's own code, in one thread). NCE_BACKEND of CMake chooses. Each also has the three functions of parallel.h
// that are no templates. What both share stands in blas.cpp and linalg.cpp.
#ifndef NCE_BACKEND
#define NCE_BACKEND openblas
#endif

namespace nce::NCE_BACKEND {

/// `nce::gemm` (core/blas.h) in one thread. T is float or double. m and n are at least 1, and so are lda, ldb and ldc.
template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc);

/// `nce::blas_kernels` and `nce::blas_notice`.
std::string blas_kernels();
std::string blas_notice();

/// The eigenvalues, ascending, of a symmetric matrix of finite numbers with n >= 1 rows. With `vectors` the matrix
/// becomes their unit vectors, a row each, of either sign; otherwise it is unspecified. False: no convergence.
bool eigen(bool vectors, std::vector<double>& matrix, int64_t n, std::vector<double>& values);

/// `nce::cholesky` and `nce::solve` (core/linalg.h). The sizes are checked, and n is at least 1. `solve` need not
/// notice what is not finite.
bool cholesky(std::vector<double>& matrix, int64_t n);
bool solve(const std::vector<double>& a, std::vector<double>& b);

}  // namespace nce::NCE_BACKEND

namespace nce {
namespace backend = NCE_BACKEND;
}
