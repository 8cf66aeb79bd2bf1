#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// The safetensors file format (github.com/huggingface/safetensors, "Format"). Eight bytes with the length of the
/// header, little-endian; a JSON header with the dtype, shape and place of each tensor; then the elements,
/// row-major. Reading a file never runs code from it.
namespace nce {

struct SafeTensors {
  std::vector<std::pair<std::string, Tensor>> tensors;  ///< In the order of the header.
  std::map<std::string, std::string> metadata;
};

/// Writes tensors (f32 or f64, any strides) in the given order. Equal contents give equal bytes. Atomic (see
/// `AtomicFile`).
void save_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a whole file. F32 and F64 stay; F16 and BF16 become f32, integers f64. A file that is cut off, or whose
/// header and data disagree, is an error with the file's name and what is wrong.
SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace nce
