#include <algorithm>
#include <array>

#include "nce/core/backend/backend.h"
#include "nce/core/kernels/products.h"
#include "nce/core/memory.h"

// A matrix product by the kernel of convolution (kernels/products.h): a row of op(a) is a patch of one run. Both
// matrices are cut in blocks that fit in L2. A block of op(b) is packed in panels, which fit in L1.
namespace nce::plain {
namespace {

constexpr int64_t kRows = 256, kColumns = 256, kDepth = 256;
constexpr int64_t kStep = kDepth + 16;  // from row to row of a copy: a power of 2 would fill few sets of a cache

// A matrix, or the transpose of what is stored.
template <class T>
struct Matrix {
  const T* data;
  int64_t row_step, column_step;
  const T& at(int64_t i, int64_t j) const { return data[i * row_step + j * column_step]; }
};

// to[i * step + j] = scale m(i, j)
template <class T>
void copy(const Matrix<T>& m, int64_t rows, int64_t columns, T scale, T* to, int64_t step) {
  constexpr int64_t kSquare = 16;
  if (m.column_step == 1)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) to[i * step + j] = scale * m.at(i, j);
  else  // by squares: both sides of a transposition stay in L1
    for (int64_t i0 = 0; i0 < rows; i0 += kSquare)
      for (int64_t j0 = 0; j0 < columns; j0 += kSquare)
        for (int64_t j = j0; j < std::min(columns, j0 + kSquare); ++j)
          for (int64_t i = i0; i < std::min(rows, i0 + kSquare); ++i) to[i * step + j] = scale * m.at(i, j);
}

}  // namespace

template <class T>
void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b,
          int64_t ldb, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {  // without a look at c for beta = 0: it may be NaN
    if (beta == T(0)) std::fill_n(c + i * ldc, n, T(0));
    if (beta != T(0) && beta != T(1))
      for (int64_t j = 0; j < n; ++j) c[i * ldc + j] *= beta;
  }
  const auto& products = kernels::products<T>();
  const int64_t panel = products.panel_width(), rows = std::min(m, kRows), columns = std::min(n, kColumns);
  const int64_t depth = std::min(k, kDepth), packed_size = products.packed_size(depth, columns);
  const bool direct = beta == T(0) && k <= kDepth;  // one block is the whole sum
  const MemoryBlock memory(size_t(packed_size + (ta ? rows * kStep : 0) + rows * columns) * sizeof(T));
  T *const packed = memory.as<T>(), *const sums = packed + packed_size, *const copied = sums + rows * columns;
  std::array<int64_t, kRows> at, to;
  for (int64_t i = 0; i < rows; ++i)
    at[size_t(i)] = i * (ta ? kStep : lda), to[size_t(i)] = i * (direct ? ldc : columns);

  for (int64_t k0 = 0; k0 < k; k0 += kDepth)
    for (int64_t j0 = 0; j0 < n; j0 += kColumns) {
      const int64_t d = std::min(kDepth, k - k0), w = std::min(kColumns, n - j0);
      for (int64_t j = 0; j < w; j += panel) {
        T* to = packed + j * d;
        const int64_t real = std::min(panel, w - j);
        copy<T>({b + (tb ? (j0 + j) * ldb + k0 : k0 * ldb + j0 + j), tb ? 1 : ldb, tb ? ldb : 1}, d, real, alpha,
                to, panel);
        for (int64_t i = 0; real < panel && i < d; ++i) std::fill_n(to + i * panel + real, panel - real, T(0));
      }
      const kernels::Run run{0, d};
      for (int64_t i0 = 0; i0 < m; i0 += kRows) {
        const int64_t r = std::min(kRows, m - i0);
        if (ta) copy<T>({a + k0 * lda + i0, 1, lda}, r, d, T(1), copied, kStep);
        T* out = c + i0 * ldc + j0;
        products.inner(ta ? copied : a + i0 * lda + k0, at.data(), r, &run, 1, packed, d, w, nullptr,
                       direct ? out : sums, to.data(), false);
        for (int64_t i = 0; !direct && i < r; ++i)
          for (int64_t j = 0; j < w; ++j) out[i * ldc + j] += sums[i * columns + j];
      }
    }
}

template void gemm(bool, bool, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t,
                   float, float*, int64_t);
template void gemm(bool, bool, int64_t, int64_t, int64_t, double, const double*, int64_t, const double*, int64_t,
                   double, double*, int64_t);

std::string blas_kernels() { return "plain kernels"; }
std::string blas_notice() { return ""; }

}  // namespace nce::plain
