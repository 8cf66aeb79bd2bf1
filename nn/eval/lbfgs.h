#pragma once
#include <functional>
#include <span>
#include <vector>

namespace nce::nn {

struct LbfgsOptions {
  int max_iterations = 100;
  int history = 10;            ///< Number of past steps from which the curvature is estimated.
  double tolerance = 1e-5;     ///< Stops when no component of the gradient is larger.
  double value_noise = 1e-12;  ///< Relative precision of the function. Smaller changes are ignored.
};

struct LbfgsResult {
  double value = 0;
  double largest_gradient = 0;  ///< Largest component, by magnitude.
  int iterations = 0;
  int evaluations = 0;
  bool converged = false;  ///< The tolerance was reached.
};

/// Minimises a smooth function, starting at `x`. `x` becomes the best point found. `f(x, gradient)` returns the value
/// and fills the gradient.
/// - Method: L-BFGS with a line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization,
///   algorithms 7.4, 7.5, 3.5 and 3.6; constants 1e-4 and 0.9, cubic interpolation).
/// - Stops without convergence after `max_iterations`, or when no step lowers the value any more.
/// - A value or a gradient that is not finite is an error at the start. Later it means that the step was too long.
LbfgsResult minimize_lbfgs(std::vector<double>& x,
                           const std::function<double(std::span<const double> x, std::span<double> gradient)>& f,
                           const LbfgsOptions& options = {});

}  // namespace nce::nn
