#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/random.h"
#include "nce/core/tensor.h"

namespace nce::nn {

/// A fold, 0 .. folds - 1, for each row: random and stratified. Each label has its share in each fold, up to one row, and
/// so have all. Errors: fewer than 2 folds, or more than rows.
std::vector<int> stratified_folds(std::span<const int> labels, int folds, Key key);

struct CrossValidationOptions {
  int folds = 10;
  int repeats = 5;      ///< Each with other folds.
  int inner_folds = 5;  ///< To choose the penalty: of the rows that a fold learns from.
  /// L2 penalties of the linear probe, from the largest to the smallest.
  std::vector<double> penalties = {1, 1e-1, 1e-2, 1e-3, 1e-4};
  Key key = Key(0);
};

struct CrossValidation {
  double mean = 0;                    ///< Accuracy, 0 .. 1: the mean of all folds of all repeats.
  double spread = 0;                  ///< Standard deviation over the repeats' means; 0 for one repeat.
  std::vector<double> accuracy = {};  ///< The mean of each repeat.
};

/// Cross-validated accuracy of a linear probe on features (N, d). Each fold is classified by a probe that is fitted to all
/// other folds, with the penalty that cross-validation among these others finds best; of equally good ones, the largest.
/// The usual way for small data sets without a test set, as in InfoGraph and GraphCL. Repeats and folds run in parallel,
/// with one result for any number of threads. Errors: as of `stratified_folds` and `fit_linear_probe`.
CrossValidation cross_validate(const Tensor& features, std::span<const int> labels,
                               const CrossValidationOptions& options = {});

/// Cross-validated accuracy, 0 .. 1, of the kNN vote (`knn_classify`, k = 20): a quick look, in 10 folds.
double cross_validate_knn(const Tensor& features, std::span<const int> labels, Key key = Key(0));

}  // namespace nce::nn
