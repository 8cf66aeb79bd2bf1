#pragma once
#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/tensor.h"

namespace nce::test {

/// The errors of values beside the exact ones: their root mean square and their largest. Both are in units of the
/// root mean square of the exact values.
struct RelativeError {
  double rms = 0, largest = 0;
};

inline RelativeError error_of(const Tensor& ours, const Tensor& exact) {
  check(ours.shape() == exact.shape(), "error_of: {} is not {}", ours.shape(), exact.shape());
  const auto x = ours.to_vector<double>(), y = exact.to_vector<double>();
  double scale = 0;
  RelativeError error;
  for (size_t i = 0; i < x.size(); ++i) {
    const double off = x[i] - y[i];
    scale += y[i] * y[i], error.rms += off * off;
    // A NaN makes the error NaN.
    error.largest = std::isnan(off) ? off : std::max(error.largest, std::abs(off));
  }
  error.rms = std::sqrt(error.rms / scale);
  error.largest /= std::sqrt(scale / double(x.size()));
  return error;
}

}  // namespace nce::test
