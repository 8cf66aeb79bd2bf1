#pragma once
#include <span>

#include "nce/core/tensor.h"

/// What evaluations share: checks of what they are given, and the share of right labels.
namespace nce::nn {

/// `features` (N, d), dense and detached, with at least one row and column. An error names `op`, `what` and the first
/// element that is a NaN or an infinity.
Tensor checked_features(const char* op, const char* what, const Tensor& features);

/// There must be `rows` labels, each in 0 .. classes - 1. An error names `op`, `what` and the first wrong label.
void check_labels(const char* op, const char* what, std::span<const int> labels, int64_t rows, int classes);

/// `classes`, or one more than the largest label where `classes` is 0.
int class_count(const char* op, int classes, std::span<const int> labels, std::span<const int> more = {});

/// Share (0 .. 1) of the rows whose label is predicted. Both have one label a row.
double share_right(std::span<const int> predicted, std::span<const int> labels);

}  // namespace nce::nn
