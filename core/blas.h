#pragma once
#include <cstdint>
#include <string>

namespace nce {

/// c = alpha op(a) op(b) + beta c, row-major. op(a) is (m, k), op(b) is (k, n), c is (m, n); op transposes if
/// asked. lda, ldb, ldc: the distance between rows as they are stored. The shape alone decides the split into
/// tiles. Each tile is one call of the back end (core/backend/) in one thread, so any number of threads gives the same
/// bits. May be called from a piece of a `parallel_for`. An error where a size passes 32 bits.
template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc);

/// What multiplies matrices here: OpenBLAS and its kernel family, as "OpenBLAS Haswell", or "plain kernels" of the plain
/// back end. OpenBLAS runs the fastest family that this CPU has; the environment variable OPENBLAS_CORETYPE forces
/// another one, and so does NCE_INSTRUCTIONS (core/instructions.h).
std::string blas_kernels();

/// The instruction set and `blas_kernels()`: "AVX-512, OpenBLAS SkylakeX". With others the same program's results
/// differ in their last digits. Another CPU can differ even where both are the same.
std::string kernels_in_use();

/// One line on what OPENBLAS_CORETYPE costs, where it forces slower kernels than this CPU has; otherwise empty.
std::string blas_notice();

}  // namespace nce
