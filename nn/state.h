#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

/// Tensors of a module by name. They can be changed in place.
using NamedTensors = std::vector<std::pair<std::string, Tensor*>>;
/// Tensors by name, as in a file.
using State = std::vector<std::pair<std::string, Tensor>>;

/// The same tensors. They share their elements.
State state_of(const NamedTensors& tensors);

/// Copies the elements of `from` into the tensors of `to` that have the same names. If a tensor is missing, unexpected
/// or of another shape, nothing is changed, and an error, "`what`:", has a line for each of them.
void copy_state(const std::string& what, const State& from, State to);

}  // namespace nce::nn
