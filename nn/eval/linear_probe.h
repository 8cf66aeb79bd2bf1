#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/nn/eval/ranking.h"

namespace nce::nn {

struct LinearProbeOptions {
  double l2 = 1e-3;  ///< Adds l2 / 2 |weight|^2 to the loss. Biases are free.
  int max_iterations = 300;
  /// Stops when no component of the gradient is larger; with `precondition` the gradient by those coordinates.
  double tolerance = 1e-4;
  /// Whether L-BFGS works in coordinates in which the loss is about round. It then takes a few iterations where many
  /// features say nearly the same. Costs n d^2 + d^3 operations: for small d. The optimum is the same.
  bool precondition = false;
};

/// A linear classifier on frozen features, the usual test of a representation: multinomial logistic regression.
/// Features are standardised by the mean and standard deviation of the training set. A feature that is constant there
/// is not used.
struct LinearProbe {
  std::vector<int> classes;  ///< The labels that occur in the training set, ascending. No other is predicted.
  Tensor mean, scale;        ///< (d): a feature x enters as (x - mean) scale. Scale 0 where it was constant.
  Tensor weight, bias;       ///< (C, d), (C): logits of standardised features.
  double l2 = 0;             ///< What it was fitted with.
  double loss = 0;           ///< Mean cross-entropy on the training set + l2 / 2 |weight|^2.
  double largest_gradient = 0;
  int iterations = 0;
  bool converged = false;  ///< The tolerance was reached within max_iterations.

  /// (M, d) -> (M, C), a column for each of `classes`.
  Tensor logits(const Tensor& features) const;
  /// The `top` labels with the largest logits. Logits that overflow are an error.
  Ranking rank(const Tensor& features, int top = 1) const;
  /// The label with the largest logit.
  std::vector<int> predict(const Tensor& features) const { return rank(features).first(); }
  /// Share (0 .. 1) of the rows whose own label is among the `top` largest logits.
  double accuracy(const Tensor& features, std::span<const int> labels, int top = 1) const;
};

/// Fits to features (N, d) by L-BFGS (`minimize_lbfgs`) from zero, with all rows at each step.
/// - Works in the dtype of the features. Sums over rows are added in f64, a few thousand rows at a time.
/// - The optimum is unique up to a constant added to all biases. The biases found add up to 0.
/// - Keeps one standardised copy of the features.
/// - Time and memory depend on the number of labels that occur, not on the largest.
/// - Errors: labels below 0, features that are not finite.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             const LinearProbeOptions& options = {});

/// The same, with the penalty chosen on the training set. A fixed random tenth of the rows is held out. `candidates`
/// are tried in their order for as long as they classify it better. The best is then fitted to all rows. Needs 10
/// rows. `options.l2` is not used.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             std::span<const double> candidates, const LinearProbeOptions& options = {});

}  // namespace nce::nn
