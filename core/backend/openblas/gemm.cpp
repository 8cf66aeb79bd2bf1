#include <cblas.h>
#include <fmt/format.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>

#include "nce/core/backend/backend.h"
#include "nce/core/backend/openblas/notice.h"
#include "nce/core/instructions.h"

extern "C" {
// Only in builds of OpenBLAS that select their kernels at run time.
void gotoblas_dynamic_init(void) __attribute__((weak));
void gotoblas_dynamic_quit(void) __attribute__((weak));
}

namespace nce::openblas {
namespace {

// The speed of OpenBLAS's kernel families: f32 operations a cycle, in units of those with SSE. Unknown ones are 0.
int speed_of(const std::string& family) {
  for (const char* sse : {"Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Barcelona"})
    if (family == sse) return 1;
  if (family == "Sandybridge") return 2;
  if (family == "Haswell" || family == "Zen" || family == "Excavator") return 4;
  return family == "SkylakeX" || family == "Cooperlake" || family == "SapphireRapids" ? 8 : 0;
}

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

// The fastest family on this CPU; empty: none is known. Where 512-bit instructions run in halves, the AVX2 kernels
// are 5 % faster (measured: 1024^3 and training steps).
std::string best_family() {
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512 && !has_halved_avx512()) return "SkylakeX";
  return avx512 || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ? "Haswell" : "";
}
#else
std::string best_family() { return ""; }
#endif

bool is_forced() {
  const char* family = std::getenv("OPENBLAS_CORETYPE");
  return family && *family;
}

// OpenBLAS picks its kernels from a table of CPU models. A CPU newer than the table gets AVX2 kernels, at half the
// speed of AVX-512. Here the CPU's instructions decide, unless the user did.
void select_kernels() {
  static std::once_flag once;
  std::call_once(once, [] {
    openblas_set_num_threads(1);  // oneTBB runs the threads
    if (is_forced() || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
    const std::string chosen = openblas_get_corename(), limit = detail::blas_family_limit(), best = best_family();
    const int now = speed_of(chosen), possible = speed_of(best);
    const std::string family = !limit.empty() ? limit : now && possible && now != possible ? best : chosen;
    if (family == chosen) return;
    setenv("OPENBLAS_CORETYPE", family.c_str(), 1);  // the next lines read it again
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv("OPENBLAS_CORETYPE");
    openblas_set_num_threads(1);
  });
}

}  // namespace

template <class T>
void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b,
          int64_t ldb, T beta, T* c, int64_t ldc) {
  select_kernels();
  const auto op = [](bool t) { return t ? CblasTrans : CblasNoTrans; };
  const auto i = [](int64_t v) { return blasint(v); };
  if constexpr (std::is_same_v<T, float>)
    cblas_sgemm(CblasRowMajor, op(ta), op(tb), i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c, i(ldc));
  else
    cblas_dgemm(CblasRowMajor, op(ta), op(tb), i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c, i(ldc));
}

template void gemm(bool, bool, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t,
                   float, float*, int64_t);
template void gemm(bool, bool, int64_t, int64_t, int64_t, double, const double*, int64_t, const double*, int64_t,
                   double, double*, int64_t);

std::string blas_kernels() {
  select_kernels();
  return std::string("OpenBLAS ") + openblas_get_corename();
}

std::string blas_notice() { return is_forced() ? notice(openblas_get_corename(), best_family()) : ""; }

std::string notice(const std::string& forced, const std::string& best) {
  const int now = speed_of(forced), possible = speed_of(best);
  if (!now || now >= possible) return "";
  return fmt::format(
      "OPENBLAS_CORETYPE forces {} kernels: matrix products take about {} times as long as with {}, "
      "which this CPU runs",
      forced, possible / now, best);
}

}  // namespace nce::openblas
