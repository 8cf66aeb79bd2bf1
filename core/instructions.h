#pragma once
#include <string>

/// The vector instructions that the kernels use: the best of this processor, found when the program runs. The
/// environment variable NCE_INSTRUCTIONS=avx512|avx2|sse4|scalar limits them, also for OpenBLAS. So one can measure, or
/// repeat the results of another machine.
namespace nce {

/// "AVX-512", "AVX2", "SSE4" or "scalar"; for other processors Highway's name ("NEON").
std::string instructions();

namespace detail {
/// Reads NCE_INSTRUCTIONS once, before any computation. An unknown name is an error.
void apply_instruction_limit();
/// The OpenBLAS kernel family for the limit. Empty: there is no limit.
std::string blas_family_limit();
}  // namespace detail

}  // namespace nce
