#pragma once
#include <string>

/// Which vector instructions the kernels use. By default the best that this CPU has, chosen at run time. The
/// environment variable NCE_INSTRUCTIONS=avx512|avx2|sse4|scalar limits them, and those of OpenBLAS: to measure, or
/// to repeat the results of another machine.
namespace nce {

/// "AVX-512", "AVX2", "SSE4" or "scalar"; another processor's in Highway's words ("NEON").
std::string instructions();

namespace detail {
/// Reads NCE_INSTRUCTIONS once, before any computation. An unknown name is an error.
void apply_instruction_limit();
/// The OpenBLAS kernel family for the limit. Empty: there is no limit.
std::string blas_family_limit();
}  // namespace detail

}  // namespace nce
