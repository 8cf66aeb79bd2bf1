#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "nce/nn/module.h"

/// Files in PyTorch's names and layout. A convolution's weight, (O, KH, KW, C) here, is stored as (O, C, KH, KW). So
/// are an optimiser's moments of it. PyTorch's strict `load_state_dict` takes such a file as it is. It sets
/// `num_batches_tracked`, a counter that we do not keep, to 0. (`nce train` names its files in examples/nce/run/folder.h.)
namespace nce::nn {

/// The tensors in PyTorch's layout, `prefix` before their names.
State to_pytorch(const State& state, const std::string& prefix = "");
State to_pytorch(const NamedTensors& state, const std::string& prefix = "");

/// The tensors whose name starts with `prefix`, in our layout, without it. `num_batches_tracked` is left out.
State from_pytorch(const State& tensors, const std::string& prefix = "");

/// Atomic: a kill at any moment leaves the former file or the new one.
void save_checkpoint(const std::filesystem::path& path, Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// Strict: an error names the file and what does not fit. Returns the metadata.
std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Module& module);

}  // namespace nce::nn
