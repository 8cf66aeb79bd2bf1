#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

/// The safetensors file format (github.com/huggingface/safetensors, "Format"). Eight bytes with the length of the
/// header, little-endian; a JSON header with the dtype, shape and place of each tensor; then the elements,
/// row-major. Reading a file never runs code that is in it.
namespace nce {

struct SafeTensors {
  std::vector<std::pair<std::string, Tensor>> tensors;  ///< In the order of their elements.
  std::map<std::string, std::string> metadata;
};

/// Writes tensors (f32 or f64, any strides) in the given order. Equal contents give equal bytes. Atomic (see
/// `AtomicFile`). Errors: a name occurs twice; a name or metadata are not UTF-8.
void save_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a whole file. Every element keeps its value: F32 and F64 stay; F16, BF16, F8_E4M3 and F8_E5M2 become f32; BOOL
/// (0 or 1) and the whole numbers, I8 to I64 and U8 to U64, become f64. Errors: a number that f64 cannot hold exactly
/// (from 2^53 + 1 on); a file that is cut off; a name that occurs twice; bytes that belong to two tensors or to none; a
/// shape that does not fit its elements. The text names the file and the tensor, and says what is wrong.
SafeTensors load_safetensors(const std::filesystem::path& path);

}  // namespace nce
