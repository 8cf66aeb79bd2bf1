#include "nce/core/blas.h"

#include <cblas.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/instructions.h"
#include "nce/core/memory.h"
#include "nce/core/parallel.h"

extern "C" {
// Exported by builds of OpenBLAS with run-time kernel selection; absent from the others.
void gotoblas_dynamic_init(void) __attribute__((weak));
void gotoblas_dynamic_quit(void) __attribute__((weak));
}

namespace nce {
namespace {

#if defined(__x86_64__)
// AMD's Zen 4 executes 512-bit instructions in two halves.
bool has_halved_avx512() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  char vendor[13] = {};
  if (!__get_cpuid(0, &a, &b, &c, &d)) return false;
  std::memcpy(vendor, &b, 4), std::memcpy(vendor + 4, &d, 4), std::memcpy(vendor + 8, &c, 4);
  if (std::strcmp(vendor, "AuthenticAMD") != 0 || !__get_cpuid(1, &a, &b, &c, &d)) return false;
  return ((a >> 8) & 0xf) + ((a >> 20) & 0xff) == 0x19;
}

// OpenBLAS picks its kernels from a table of CPU models and takes AVX2 ones for a CPU newer than the table, at half
// the speed where the CPU has AVX-512. Choose the AVX-512 family then, unless the user chose. Where AVX-512 comes in
// halves the AVX2 kernels are 5 % faster (measured, 1024^3 and training steps).
std::string best_family(const std::string& chosen) {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx512) return "";
  if (has_halved_avx512()) return "Haswell";
  return chosen == "Haswell" || chosen == "Zen" ? "SkylakeX" : "";
}
#endif

void select_kernels() {
  static std::once_flag once;
  std::call_once(once, [] {
    openblas_set_num_threads(1);  // parallelism is oneTBB's
#if defined(__x86_64__)
    const std::string chosen = openblas_get_corename();
    std::string family = detail::blas_family_limit();
    if (family.empty()) family = best_family(chosen);
    if (!family.empty() && family != chosen && !std::getenv("OPENBLAS_CORETYPE") && gotoblas_dynamic_init &&
        gotoblas_dynamic_quit) {
      setenv("OPENBLAS_CORETYPE", family.c_str(), 1);  // read again by the next line
      gotoblas_dynamic_quit();
      gotoblas_dynamic_init();
      unsetenv("OPENBLAS_CORETYPE");
      openblas_set_num_threads(1);
    }
#endif
  });
}

template <class T>
void call(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b,
          int64_t ldb, T beta, T* c, int64_t ldc) {
  const auto op = [](bool t) { return t ? CblasTrans : CblasNoTrans; };
  const auto i = [](int64_t v) { return blasint(v); };
  if constexpr (std::is_same_v<T, float>)
    cblas_sgemm(CblasRowMajor, op(ta), op(tb), i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c, i(ldc));
  else
    cblas_dgemm(CblasRowMajor, op(ta), op(tb), i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c, i(ldc));
}

constexpr int64_t kTile = 256;       // rows and columns of a tile: its panels stay in the second-level cache
constexpr int64_t kDepth = 4096;     // depth from which a product with few tiles is split along k
constexpr int64_t kSmall = 1 << 18;  // multiplications below which splitting costs more than it gains

}  // namespace

template <class T>
void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b,
          int64_t ldb, T beta, T* c, int64_t ldc) {
  select_kernels();
  if (m == 0 || n == 0) return;
  check(std::max({m, n, k, lda, ldb, ldc}) < (int64_t{1} << 31), "gemm: {} x {} x {} is beyond 32-bit BLAS", m, n,
        k);
  // Reference BLAS requires leading dimensions of at least 1 even where there is nothing to read.
  lda = std::max<int64_t>(lda, 1), ldb = std::max<int64_t>(ldb, 1), ldc = std::max<int64_t>(ldc, 1);
  if (m * n * k <= kSmall) return call(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);

  const int64_t rows = (m + kTile - 1) / kTile, columns = (n + kTile - 1) / kTile;
  const auto tile = [&](int64_t index, int64_t k0, int64_t depth, T scale, T* out, int64_t stride) {
    const int64_t i = index / columns * kTile, j = index % columns * kTile;
    call(ta, tb, std::min(kTile, m - i), std::min(kTile, n - j), depth, alpha,
         a + (ta ? k0 * lda + i : i * lda + k0), lda, b + (tb ? j * ldb + k0 : k0 * ldb + j), ldb, scale,
         out + i * stride + j, stride);
  };
  if (rows * columns >= 4 || k < 2 * kDepth) {
    parallel_for(rows * columns, 1, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; ++index) tile(index, 0, k, beta, c, ldc);
    });
    return;
  }
  // Few tiles but deep (a weight gradient): split k too, then add the parts in order.
  const int64_t parts = std::min<int64_t>(16, k / kDepth), depth = (k + parts - 1) / parts;
  const Block partial(size_t(parts * m * n) * sizeof(T));
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

std::string blas_kernels() {
  select_kernels();
  return openblas_get_corename();
}

}  // namespace nce
