#pragma once
#include <cstdint>
#include <string>

namespace nce {

/// c = alpha op(a) op(b) + beta c, row-major; op(a) is (m, k), op(b) is (k, n), op transposes where asked. The work
/// is split into tiles by shape alone, each tile one single-threaded OpenBLAS call: same bits for any number of
/// threads. From inside a parallel piece it may be called too; the tiles then run where they find room.
template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc);

/// The family of kernels that OpenBLAS runs here, for example "Haswell" or "SkylakeX".
std::string blas_kernels();

}  // namespace nce
