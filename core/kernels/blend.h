#pragma once
#include <cstdint>

namespace nce::kernels {

/// Weighted sums of lines of n elements: to[i] = weights[0] lines[0][i] + ... + weights[count - 1] lines[count - 1][i].
/// Every separable filter is made of them: each pass runs along memory, and a tap is one line. One thread.
///
/// Floor: one load and one multiply-add a tap and vector.
void blend(const float* const* lines, const float* weights, int64_t count, int64_t n, float* to);
/// The same of bytes, 0 .. 255.
void blend(const uint8_t* const* lines, const float* weights, int64_t count, int64_t n, float* to);

}  // namespace nce::kernels
