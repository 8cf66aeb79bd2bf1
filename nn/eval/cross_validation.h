#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nce/core/random.h"
#include "nce/core/tensor.h"

namespace nce::nn {

/// A fold, 0 .. folds - 1, for each row: random and stratified. Each fold has the same number of rows of each label,
/// and of all rows, up to one. Errors: fewer than 2 folds, or more folds than rows.
std::vector<int> stratified_folds(std::span<const int> labels, int folds, Key key);

struct CrossValidationOptions {
  int folds = 10;
  int repeats = 5;      ///< Each has other folds.
  int inner_folds = 5;  ///< To choose the penalty, among the rows to learn from.
  /// L2 penalties of the linear probe, from the largest to the smallest.
  std::vector<double> penalties = {1, 1e-1, 1e-2, 1e-3, 1e-4};
  Key key = Key(0);
};

struct CrossValidation {
  double mean = 0;                    ///< Accuracy, 0 .. 1: the mean over all folds of all repeats.
  double spread = 0;                  ///< Standard deviation over the repeats' means; 0 for one repeat.
  std::vector<double> accuracy = {};  ///< The mean of each repeat.
};

/// Cross-validated accuracy of a linear probe on features (N, d). Each fold is classified by a probe that is fitted to all
/// other folds. Its penalty is the best one in a cross-validation among these other folds; of equally good ones, the
/// largest. This is usual for small data sets without a test set, as in InfoGraph and GraphCL. Repeats and folds run in
/// parallel; the result does not depend on the number of threads. Errors: as for `stratified_folds` and `fit_linear_probe`.
CrossValidation cross_validate(const Tensor& features, std::span<const int> labels,
                               const CrossValidationOptions& options = {});

/// Cross-validated accuracy, 0 .. 1, of the kNN vote (`knn_classify`, k = 20) in 10 folds. It is quick.
double cross_validate_knn(const Tensor& features, std::span<const int> labels, Key key = Key(0));

}  // namespace nce::nn
