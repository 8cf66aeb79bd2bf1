#pragma once
#include <string>

#include "nce/nn/module.h"

namespace nce::nn {

/// The parts of a layer as a table, one line a part, then the totals. A part's output is for input `example`. It is
/// "-" where a fused operation does the part's work. Parameters are the part's own.
/// Runs one forward pass in evaluation mode, unrecorded. The layer stays as it was.
///
///     name  type        output    parameters
///           Sequential  (32, 10)           -
///     0     Linear      (32, 64)      50,240
///     1     ReLU        (32, 64)           -
///     2     Linear      (32, 10)         650
///     50,890 parameters, 0 numbers in buffers, 203,560 bytes
std::string summary(Layer& layer, const Tensor& example);

}  // namespace nce::nn
