#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/nn/eval/ranking.h"

namespace nce::nn {

struct LinearProbeOptions {
  double l2 = 1e-3;  ///< Adds l2 / 2 |weight|^2 to the loss. Biases have no penalty.
  int max_iterations = 300;
  /// Stops when no component of the gradient is larger; with `precondition`, the gradient by the new coordinates.
  double tolerance = 1e-4;
  /// Whether L-BFGS works in coordinates in which the loss has about the same curvature in all directions. Then few
  /// iterations are enough, also if many features are nearly the same. Costs n d^2 + d^3 operations, so it is for small
  /// d. The optimum is the same.
  bool precondition = false;
};

/// A linear classifier on frozen features, the usual test of a representation: multinomial logistic regression.
/// Features are standardised by the mean and standard deviation of the training set. A feature that is constant there
/// is not used.
struct LinearProbe {
  std::vector<int> classes;  ///< The labels that occur in the training set, in order. No other is predicted.
  Tensor mean, scale;        ///< (d): a feature x becomes (x - mean) scale. Scale is 0 if it was constant.
  Tensor weight, bias;       ///< (C, d), (C): logits of standardised features.
  double l2 = 0;             ///< The penalty of the fit.
  double loss = 0;           ///< Mean cross-entropy on the training set + l2 / 2 |weight|^2.
  double largest_gradient = 0;
  int iterations = 0;
  bool converged = false;  ///< The tolerance was reached within max_iterations.

  /// (M, d) -> (M, C): a column for each of `classes`.
  Tensor logits(const Tensor& features) const;
  /// The `top` labels with the largest logits. Logits that overflow are an error.
  Ranking rank(const Tensor& features, int top = 1) const;
  /// The label with the largest logit.
  std::vector<int> predict(const Tensor& features) const { return rank(features).first(); }
  /// Share (0 .. 1) of the rows whose own label is among the `top` largest logits.
  double accuracy(const Tensor& features, std::span<const int> labels, int top = 1) const;
};

/// Fits to features (N, d) by L-BFGS (`minimize_lbfgs`), which starts from zero and uses all rows in each step.
/// - Works in the dtype of the features. Sums over rows are added in f64, a few thousand rows at a time.
/// - The optimum is unique, except that a constant can be added to all biases. The sum of the biases is 0 here.
/// - Keeps one standardised copy of the features.
/// - Time and memory depend on the number of labels that occur, not on the largest.
/// - Errors: labels below 0, features that are not finite.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             const LinearProbeOptions& options = {});

/// The same, with a penalty that is chosen on the training set. A random tenth of the rows (always the same) is held
/// out. `candidates` are tried in their order, as long as each classifies it better than the one before. The best one
/// is then fitted to all rows. Needs 10 rows. `options.l2` is not used.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             std::span<const double> candidates, const LinearProbeOptions& options = {});

}  // namespace nce::nn
