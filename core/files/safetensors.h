#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// The safetensors file format: eight bytes of little-endian header length, a JSON header that gives each tensor's
/// dtype, shape and place, then the elements, row-major. No code is ever run by reading one.
/// (github.com/huggingface/safetensors, "Format".)
namespace nce {

struct SafeTensors {
  std::vector<std::pair<std::string, Tensor>> tensors;  ///< In the order of the header.
  std::map<std::string, std::string> metadata;
};

/// Writes tensors (f32 or f64, any strides) in the order given; equal contents give equal bytes. Atomic: see
/// `AtomicFile`.
void save_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a whole file. F32 and F64 stay what they are, F16 and BF16 become f32, integers f64. A file that is cut
/// off, or whose header and data do not agree, is an error that names the file and what is wrong.
SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace nce
