#pragma once
#include <string>

/// Which vector instructions the kernels use. By default the best that the processor has, chosen as the program
/// runs; the environment variable NCE_INSTRUCTIONS=avx512|avx2|sse4|scalar keeps them, and OpenBLAS's, to an
/// older set: to measure, or to repeat what another machine computes.
namespace nce {

/// "AVX3" (Highway's name for AVX-512), "AVX2", "SSE4", "EMU128" or "SCALAR".
std::string instructions();

namespace detail {
/// Reads NCE_INSTRUCTIONS, once, before anything is computed; an unknown name is an error.
void apply_instruction_limit();
/// The OpenBLAS kernel family for the limit; empty: none was asked for.
std::string blas_family_limit();
}  // namespace detail

}  // namespace nce
