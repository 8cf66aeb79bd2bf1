#pragma once
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

/// Tensors by name: those of a module, which can be changed in place.
using NamedTensors = std::vector<std::pair<std::string, Tensor*>>;
/// Tensors by name: what a file holds.
using State = std::vector<std::pair<std::string, Tensor>>;

/// The same tensors. They share their elements.
State state_of(const NamedTensors& tensors);

/// Copies the elements of `from` into the tensors of `to` that have the same names. First throws an error, "`what`:"
/// and a line for each tensor that is missing, unexpected or of another shape. Then nothing has been changed.
void copy_state(const std::string& what, const State& from, State to);

}  // namespace nce::nn
