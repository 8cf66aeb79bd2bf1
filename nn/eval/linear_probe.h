#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

struct LinearProbeOptions {
  int classes = 0;   ///< 0: 1 + the largest label
  double l2 = 1e-3;  ///< Weight of half the squared norm of the weights; the biases are free.
  int max_iterations = 300;
  double tolerance = 1e-4;  ///< Done where no component of the gradient is larger.
};

/// A linear classifier on frozen features, as representations are judged: multinomial logistic regression on
/// features that are standardised by the mean and the standard deviation of the training set. A feature that is
/// constant there takes no part.
struct LinearProbe {
  Tensor mean, scale;   ///< (d): a feature x enters as (x - mean) scale; scale 0 where it was constant
  Tensor weight, bias;  ///< (classes, d), (classes): logits of standardised features
  double l2 = 0;        ///< what it was fitted with
  double loss = 0;      ///< mean cross-entropy on the training set + l2 / 2 |weight|^2
  double largest_gradient = 0;
  int iterations = 0;
  bool converged = false;  ///< The tolerance was reached within max_iterations.

  /// (M, d) -> (M, classes)
  Tensor logits(const Tensor& features) const;
  std::vector<int> predict(const Tensor& features) const;
  /// Share (0 .. 1) of the rows whose label is predicted.
  double accuracy(const Tensor& features, std::span<const int> labels) const;
};

/// Fits by L-BFGS (`minimize_lbfgs`) from zero, full batch, in the dtype of the features (N, d), parts of a few
/// thousand rows being added in f64; the optimum is unique but for a constant added to all biases, and is found
/// with biases that add up to 0. Holds one standardised copy of the features. Labels out of range and features that
/// are not finite are errors.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             const LinearProbeOptions& options = {});

/// The same with the penalty chosen from the training set alone: a tenth of the rows (a fixed random one) is held
/// out, `candidates` are tried from the first on while they classify it better, and the best is fitted to all rows.
/// `options.l2` is not used. At least 10 rows.
LinearProbe fit_linear_probe(const Tensor& features, std::span<const int> labels,
                             std::span<const double> candidates, const LinearProbeOptions& options = {});

}  // namespace nce::nn
