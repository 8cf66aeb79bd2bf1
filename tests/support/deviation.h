#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::test {

/// Largest |x - reference| over the largest |reference| (or the smallest normal f32, if that is larger). Infinite if one
/// of the two is not finite and they differ.
inline double deviation(const std::vector<double>& x, const std::vector<double>& reference) {
  if (x.size() != reference.size()) return INFINITY;
  double largest = std::numeric_limits<float>::min(), difference = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(reference[i])) largest = std::max(largest, std::abs(reference[i]));
    if (x[i] == reference[i]) continue;
    if (!std::isfinite(x[i]) || !std::isfinite(reference[i])) return INFINITY;
    difference = std::max(difference, std::abs(x[i] - reference[i]));
  }
  return difference / largest;
}

inline double deviation(const Tensor& x, const Tensor& reference) {
  return deviation(x.to_vector<double>(), reference.to_vector<double>());
}

}  // namespace nce::test
