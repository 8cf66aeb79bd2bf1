#pragma once
#include <algorithm>
#include <cstdint>

/// Sums in a fixed order, which the compiler can keep in vector registers.
namespace nce {

/// The sum of value(k) for k in [begin, end), in eight sums of type T side by side.
template <class T = double, class F>
T sum_in_lanes(int64_t begin, int64_t end, F value) {
  T lanes[8] = {};
  int64_t k = begin;
  for (; k + 8 <= end; k += 8)
    for (int64_t lane = 0; lane < 8; ++lane) lanes[lane] += value(k + lane);
  for (int64_t lane = 0; k < end; ++k, ++lane) lanes[lane] += value(k);
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

/// The same for k in [0, n), in pieces of 4096. So the rounding error grows as sqrt(n), not as n.
template <class T, class F>
T sum_in_pieces(int64_t n, F value) {
  constexpr int64_t kPiece = 4096;
  T total = 0;
  for (int64_t begin = 0; begin < n; begin += kPiece)
    total += sum_in_lanes<T>(begin, std::min(n, begin + kPiece), value);
  return total;
}

}  // namespace nce
