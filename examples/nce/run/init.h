#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "run/model.h"

namespace nce::cli {

/// Gives a new model the weights of a file: of another run's `checkpoint.safetensors` (its encoder) or
/// `state.safetensors` (also its head and what its loss learned), or of any safetensors file with PyTorch's names.
/// Tensors of the same name and shape are taken. A `module.` before all names is left out, as
/// DistributedDataParallel writes it. `prefix` is what stands before the encoder's names in the file; then only the
/// encoder is taken. Empty: it is found.
///
/// Returns lines that say what was taken and what was not. It is an error if nothing of the encoder was.
std::vector<std::string> init_from(const std::filesystem::path& file, const std::string& prefix, Model& model);

}  // namespace nce::cli
