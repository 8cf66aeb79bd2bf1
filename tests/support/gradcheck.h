#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"

namespace nce::test {

struct GradientReport {
  double deviation = 0;  ///< largest |backward - central difference| over max(1, largest |central difference|)
  /// The largest |backward| of each input, and of these the smallest. A gradient of zeros checks nothing.
  double largest = 0;
};

/// Compares the backward pass of `function` at f64 `inputs` with central differences. The output is first
/// multiplied by fixed random numbers and summed, so that no direction is special.
inline GradientReport check_gradient(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                                     std::vector<Tensor> inputs) {
  const auto scalar = [&](const std::vector<Tensor>& x) {
    const Tensor out = function(x);
    return sum(out * Tensor::randn(out.shape(), Key(99), DType::f64));
  };
  for (Tensor& x : inputs) x = x.clone().detach().set_requires_grad(true);
  scalar(inputs).backward();
  GradientReport report{.largest = std::numeric_limits<double>::infinity()};
  double scale = 1, difference = 0;
  for (Tensor& x : inputs) {
    double largest = 0;
    const auto grad = x.grad().to_vector<double>();
    NoGrad no_grad;
    double* data = x.mutable_data<double>();
    for (size_t i = 0; i < grad.size(); ++i) {
      const double before = data[i], h = 1e-5 * std::max(1.0, std::abs(before));
      data[i] = before + h;
      const double above = scalar(inputs).item();
      data[i] = before - h;
      const double below = scalar(inputs).item();
      data[i] = before;
      const double slope = (above - below) / (2 * h);
      difference = std::max(difference, std::abs(slope - grad[i]));
      scale = std::max(scale, std::abs(slope));
      largest = std::max(largest, std::abs(grad[i]));
    }
    report.largest = std::min(report.largest, largest);
  }
  report.deviation = difference / scale;
  return report;
}

}  // namespace nce::test
