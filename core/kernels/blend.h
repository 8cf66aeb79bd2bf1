#pragma once
#include <cstdint>

namespace nce::kernels {

/// Weighted sums of lines of n elements: to[i] = weights[0] lines[0][i] + ... + weights[count - 1] lines[count - 1][i].
/// Separable filters use them: each pass goes along memory, and each tap of the filter is one line. One thread.
///
/// Work: one load and one multiply-add for each tap and vector.
void blend(const float* const* lines, const float* weights, int64_t count, int64_t n, float* to);
/// The same for bytes, 0 .. 255.
void blend(const uint8_t* const* lines, const float* weights, int64_t count, int64_t n, float* to);

}  // namespace nce::kernels
