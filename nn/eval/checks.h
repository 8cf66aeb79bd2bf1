#pragma once
#include <span>

#include "nce/core/tensor.h"

/// What evaluations share: checks of what they are given.
namespace nce::nn {

/// `features` (N, d), dense and detached, with at least one row and column. An error names `op`, `what` and the first
/// element that is a NaN or an infinity.
Tensor checked_features(const char* op, const char* what, const Tensor& features);

/// There must be `rows` labels, each at least 0. An error names `op`, `what` and the first wrong label.
void check_labels(const char* op, const char* what, std::span<const int> labels, int64_t rows);

}  // namespace nce::nn
