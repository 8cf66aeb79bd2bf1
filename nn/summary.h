#pragma once
#include <string>

#include "nce/nn/module.h"

namespace nce::nn {

/// A table with a line for each part of a layer, then the totals. Outputs are for the input `example`; "-" means that a
/// fused operation does the work of this part. Parameters: those of the part itself, without those of its own parts.
/// Runs one forward pass in evaluation mode, not recorded. The layer is not changed.
///
///     name  type        output    parameters
///           Sequential  (32, 10)           -
///     0     Linear      (32, 64)      50,240
///     1     ReLU        (32, 64)           -
///     2     Linear      (32, 10)         650
///     50,890 parameters, 0 numbers in buffers, 203,560 bytes
std::string summary(Layer& layer, const Tensor& example);

}  // namespace nce::nn
