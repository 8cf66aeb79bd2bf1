#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

struct LinearProbeOptions {
  int classes = 0;   ///< 0: 1 + the largest label.
  double l2 = 1e-3;  ///< Adds l2 / 2 |weight|^2 to the loss. Biases are free.
  int max_iterations = 300;
  double tolerance = 1e-4;  ///< Stops when no component of the gradient is larger.
};

/// A linear classifier on frozen features, the usual test of a representation: multinomial logistic regression.
/// Features are standardised by the mean and standard deviation of the training set. A feature that is constant there
/// is not used.
struct LinearProbe {
  Tensor mean, scale;   ///< (d): a feature x enters as (x - mean) scale. Scale 0 where it was constant.
  Tensor weight, bias;  ///< (classes, d), (classes): logits of standardised features.
  double l2 = 0;        ///< What it was fitted with.
  double loss = 0;      ///< Mean cross-entropy on the training set + l2 / 2 |weight|^2.
  double largest_gradient = 0;
  int iterations = 0;
  bool converged = false;  ///< The tolerance was reached within max_iterations.

  /// (M, d) -> (M, classes)
  Tensor logits(const Tensor& features) const;
  std::vector<int> predict(const Tensor& features) const;
  /// Share (0 .. 1) of the rows whose label is predicted.
  double accuracy(const Tensor& features, std::span<const int> labels) const;
};

/// Fits to features (N, d) by L-BFGS (`minimize_lbfgs`) from zero, with all rows at each step.
/// - Works in the dtype of the features. Sums over rows are added in f64, a few thousand rows at a time.
/// - The optimum is unique up to a constant added to all biases. The biases found add up to 0.
/// - Keeps one standardised copy of the features.
/// - Errors: labels out of range, features that are not finite.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             const LinearProbeOptions& options = {});

/// The same, with the penalty chosen on the training set. A fixed random tenth of the rows is held out. `candidates`
/// are tried in their order for as long as they classify it better. The best is then fitted to all rows. Needs 10
/// rows. `options.l2` is not used.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             std::span<const double> candidates, const LinearProbeOptions& options = {});

}  // namespace nce::nn
