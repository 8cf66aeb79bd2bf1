#include "nce/core/instructions.h"

#include <hwy/highway.h>

#include <cstdlib>
#include <iterator>

#include "nce/core/error.h"

namespace nce {
namespace {

struct Limit {
  const char* name;
  const char* text;  // as people write it
  int64_t best;      // Highway's bit; better sets have lower bits
  const char* blas;  // the newest OpenBLAS family within the limit
};
constexpr Limit kLimits[] = {{"avx512", "AVX-512", HWY_AVX3, "SkylakeX"},
                             {"avx2", "AVX2", HWY_AVX2, "Haswell"},
                             {"sse4", "SSE4", HWY_SSE4, "Nehalem"},
                             {"scalar", "scalar", HWY_EMU128, "Prescott"}};

const Limit* limit() {
  const char* asked = std::getenv("NCE_INSTRUCTIONS");
  if (!asked || !*asked) return nullptr;
  for (const Limit& limit : kLimits)
    if (limit.name == std::string(asked)) return &limit;
  fail("NCE_INSTRUCTIONS is '{}'; there are avx512, avx2, sse4 and scalar", asked);
}

std::string name_of(int64_t target) {
  for (const Limit& limit : kLimits)
    if (limit.best == target) return limit.text;
  return target == HWY_SCALAR ? "scalar" : hwy::TargetName(target);
}

}  // namespace

#if defined(HWY_COMPILE_ONLY_STATIC) || HWY_ARCH_WASM  // kernels for one set: there is nothing to choose

std::string instructions() { return name_of(HWY_STATIC_TARGET); }
void detail::apply_instruction_limit() { limit(); }

#else

std::string instructions() {
  detail::apply_instruction_limit();
  const int64_t supported = hwy::SupportedTargets();
  hwy::GetChosenTarget().Update(supported);         // SupportedTargets has reset the choice: apply the limit again
  const int64_t targets = supported & HWY_TARGETS;  // the sets that kernels are compiled for
  return name_of(targets & -targets);               // the lowest bit is the best
}

void detail::apply_instruction_limit() {
  static const bool applied = [] {
    if (const Limit* l = limit()) hwy::DisableTargets(l->best - 1);
    return true;
  }();
  static_cast<void>(applied);
}

#endif

std::string detail::blas_family_limit() {
  const Limit* l = limit();
  return l ? l->blas : "";
}

}  // namespace nce
