#pragma once
#include <functional>
#include <vector>

#include "nce/core/tensor.h"

namespace nce {

struct GradcheckOptions {
  double eps = 1e-5;    ///< The step of the central differences, times max(1, |element|).
  double rtol = 1e-6;   ///< The largest deviation that passes.
  double least = 1e-3;  ///< Each input must have a gradient of this size somewhere: zeros would check nothing.
};

/// What a check found.
struct GradcheckReport {
  /// |backward - difference| over max(1, largest |difference|), at the worst element.
  double deviation = 0;
  /// The largest |backward| of each input; of these the smallest.
  double largest = 0;
  int input = 0;  ///< The worst element: its input, its place there, and its two derivatives.
  Shape index;
  double backward = 0, difference = 0;
};

/// Compares the backward pass of `f` at `inputs` with central differences, in f64 (inputs are copied and converted).
/// The result of `f` is multiplied by fixed random numbers and summed, so that no direction is special. Choose inputs
/// where `f` is smooth: no equal elements for a maximum, and no 0 for relu.
///
///     gradcheck([](const auto& x) { return my_loss(x[0], x[1]); }, {Tensor::randn({4, 8}), Tensor::randn({4, 8})});
///
/// Errors: the worst element deviates by more than `rtol`; an input gets no gradient, or none that reaches `least`.
GradcheckReport gradcheck(const std::function<Tensor(const std::vector<Tensor>&)>& f, std::vector<Tensor> inputs,
                          const GradcheckOptions& options = {});

}  // namespace nce
