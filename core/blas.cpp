#include "nce/core/blas.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "nce/core/backend/backend.h"
#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr int64_t kTile = 256;       // rows and columns of a tile: its panels fit in L2
constexpr int64_t kDepth = 4096;     // a product with few tiles and this depth is split along k
constexpr int64_t kSmall = 1 << 18;  // products with fewer multiplications are not split

}  // namespace

template <class T>
void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b,
          int64_t ldb, T beta, T* c, int64_t ldc) {
  if (m == 0 || n == 0) return;
  check(std::max({m, n, k, lda, ldb, ldc}) < (int64_t{1} << 31), "gemm: {} x {} x {} is beyond 32-bit BLAS", m, n,
        k);
  // The BLAS standard wants leading dimensions of at least 1, even for empty matrices.
  lda = std::max<int64_t>(lda, 1), ldb = std::max<int64_t>(ldb, 1), ldc = std::max<int64_t>(ldc, 1);
  if (m * n * k <= kSmall) return backend::gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);

  const int64_t rows = (m + kTile - 1) / kTile, columns = (n + kTile - 1) / kTile;
  const auto tile = [&](int64_t index, int64_t k0, int64_t depth, T scale, T* out, int64_t stride) {
    const int64_t i = index / columns * kTile, j = index % columns * kTile;
    backend::gemm(ta, tb, std::min(kTile, m - i), std::min(kTile, n - j), depth, alpha,
                  a + (ta ? k0 * lda + i : i * lda + k0), lda, b + (tb ? j * ldb + k0 : k0 * ldb + j), ldb, scale,
                  out + i * stride + j, stride);
  };
  if (rows * columns >= 4 || k < 2 * kDepth) {
    parallel_for(rows * columns, 1, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; ++index) tile(index, 0, k, beta, c, ldc);
    });
    return;
  }
  // Few tiles, but deep (a weight gradient): split k too, then add the parts in a fixed order.
  const int64_t parts = std::min<int64_t>(16, k / kDepth), depth = (k + parts - 1) / parts;
  const MemoryBlock partial(size_t(parts * m * n) * sizeof(T));
  T* sums = partial.as<T>();
  parallel_for(parts * rows * columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t job = begin; job < end; ++job) {
      const int64_t part = job / (rows * columns), k0 = part * depth;
      tile(job % (rows * columns), k0, std::max<int64_t>(0, std::min(depth, k - k0)), T(0), sums + part * m * n, n);
    }
  });
  parallel_for(m, std::max<int64_t>(1, (1 << 14) / n), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < n; ++j) {
        T sum = beta == T(0) ? T(0) : beta * c[i * ldc + j];
        for (int64_t part = 0; part < parts; ++part) sum += sums[(part * m + i) * n + j];
        c[i * ldc + j] = sum;
      }
  });
}

template void gemm(bool, bool, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t,
                   float, float*, int64_t);
template void gemm(bool, bool, int64_t, int64_t, int64_t, double, const double*, int64_t, const double*, int64_t,
                   double, double*, int64_t);

std::string blas_kernels() { return backend::blas_kernels(); }
std::string kernels_in_use() { return fmt::format("{}, {}", instructions(), blas_kernels()); }
std::string blas_notice() { return backend::blas_notice(); }

}  // namespace nce
