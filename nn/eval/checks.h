#pragma once
#include <span>

#include "nce/core/tensor.h"

/// Checks of inputs, for all evaluations.
namespace nce::nn {

/// Returns `features` (N, d) dense and detached. There must be at least one row and one column, and all elements must
/// be finite. An error names `op`, `what` and the first element that is not.
Tensor checked_features(const char* op, const char* what, const Tensor& features);

/// There must be `rows` labels, each at least 0. An error names `op`, `what` and the first wrong label.
void check_labels(const char* op, const char* what, std::span<const int> labels, int64_t rows);

}  // namespace nce::nn
