#pragma once
#include <span>

#include "nce/core/tensor.h"

/// What the evaluations of embeddings ask of their input.
namespace nce::nn {

/// `features` (N, d) of at least one row and column, dense and without its history. An error names `op`, `what` and
/// the first element that is a NaN or an infinity.
Tensor checked_features(const char* op, const char* what, const Tensor& features);

/// One label of 0 .. classes - 1 for each of `rows` rows. An error names `op`, `what` and the first that is none.
void check_labels(const char* op, const char* what, std::span<const int> labels, int64_t rows, int classes);

/// `classes` as it was given, or, where that is 0, one more than the largest label.
int class_count(const char* op, int classes, std::span<const int> labels, std::span<const int> more = {});

}  // namespace nce::nn
