#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nce/nn/module.h"

/// A module's state in PyTorch's names and layout: the four dimensions of a convolution's weight, (O, KH, KW, C)
/// here, are stored as (O, C, KH, KW). PyTorch's `load_state_dict` takes such a file as it is,
/// strictly: a missing `num_batches_tracked`, a counter that only PyTorch keeps, it sets to 0 by itself.
namespace nce::nn {

/// Each tensor of the state dict, laid out as PyTorch has it, its name after `prefix`.
std::vector<std::pair<std::string, Tensor>> to_pytorch(const NamedTensors& state, const std::string& prefix = "");

/// Those whose name starts with `prefix`, without it, laid out as we have it. `num_batches_tracked`, which PyTorch
/// keeps beside running statistics and we do not, is left out.
std::vector<std::pair<std::string, Tensor>> from_pytorch(const std::vector<std::pair<std::string, Tensor>>& tensors,
                                                         const std::string& prefix = "");

/// Atomic: a kill at any moment leaves the former file or the new one.
void save_checkpoint(const std::filesystem::path& path, Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// Strict; an error names the file and what does not fit. Returns the metadata.
std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Module& module);

}  // namespace nce::nn
