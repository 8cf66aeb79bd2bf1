#pragma once
#include <cstring>
#include <filesystem>

#include "nce/core/tensor.h"
#include "support/files.h"

namespace nce::test {

/// The matrix in a .npy file: f32, as save_npy writes it.
inline Tensor npy_matrix(const std::filesystem::path& file, int64_t rows) {
  const std::string bytes = read_file(file);
  const size_t begin = 10 + size_t(uint8_t(bytes.at(8))) + 256 * size_t(uint8_t(bytes.at(9)));
  std::vector<float> values((bytes.size() - begin) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + begin, bytes.size() - begin);
  return Tensor::from(values, {rows, int64_t(values.size()) / rows});
}

}  // namespace nce::test
