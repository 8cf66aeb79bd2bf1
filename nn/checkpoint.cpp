#include "nce/nn/checkpoint.h"

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/files/safetensors.h"
#include "nce/core/ops.h"

namespace nce::nn {

State to_pytorch(const State& state, const std::string& prefix) {
  NoGrad no_grad;
  State result;
  for (const auto& [name, tensor] : state)
    result.emplace_back(prefix + name, tensor.dim() == 4 ? permute(tensor, {0, 3, 1, 2}) : tensor);
  return result;
}

State to_pytorch(const NamedTensors& state, const std::string& prefix) {
  return to_pytorch(state_of(state), prefix);
}

State from_pytorch(const State& tensors, const std::string& prefix) {
  NoGrad no_grad;
  State result;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix) && !name.ends_with("num_batches_tracked"))
      result.emplace_back(name.substr(prefix.size()), tensor.dim() == 4 ? permute(tensor, {0, 2, 3, 1}) : tensor);
  return result;
}

void save_checkpoint(const std::filesystem::path& path, Module& module,
                     const std::map<std::string, std::string>& metadata) {
  save_safetensors(path, to_pytorch(module.state_dict()), metadata);
}

std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Module& module) {
  const SafeTensors file = load_safetensors(path);
  try {
    module.load_state_dict(from_pytorch(file.tensors));
  } catch (const Error& error) { fail("{}: {}", path.string(), error.what()); }
  return file.metadata;
}

}  // namespace nce::nn
