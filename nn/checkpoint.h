#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "nce/nn/module.h"

/// Files with PyTorch's names and layout. The weight of a convolution, (O, KH, KW, C) here, is stored as (O, C, KH, KW), and
/// so are an optimiser's moments of it. PyTorch's strict `load_state_dict` accepts such a file. There, `num_batches_tracked`
/// becomes 0: it is a counter that we do not keep. (examples/nce/run/folder.h has the names of the files of `nce train`.)
namespace nce::nn {

/// The tensors in PyTorch's layout. `prefix` is put before their names.
State to_pytorch(const State& state, const std::string& prefix = "");
State to_pytorch(const NamedTensors& state, const std::string& prefix = "");

/// The tensors whose names start with `prefix`, in our layout. The prefix is removed; `num_batches_tracked` is left out.
State from_pytorch(const State& tensors, const std::string& prefix = "");

/// Atomic: if the program is killed at any moment, the old file is there or the new one.
void save_checkpoint(const std::filesystem::path& path, Module& module,
                     const std::map<std::string, std::string>& metadata = {});

/// Strict: an error names the file and what does not fit. Returns the metadata.
std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Module& module);

}  // namespace nce::nn
