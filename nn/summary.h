#pragma once
#include <string>

#include "nce/nn/module.h"

namespace nce::nn {

/// What a module is made of, as a table: a line for each part with its name, its type, the shape of its output for
/// input `example` ("-" where a fused operation does the part's work) and the number of its own parameters; then
/// the totals. Runs one forward pass in evaluation mode, unrecorded, and leaves the module as it was.
///
///     name  type        output    parameters
///           Sequential  (32, 10)           -
///     0     Linear      (32, 64)      50,240
///     1     ReLU        (32, 64)           -
///     2     Linear      (32, 10)         650
///     50,890 parameters, 0 numbers in buffers, 203,560 bytes
std::string summary(Module& module, const Tensor& example);

}  // namespace nce::nn
