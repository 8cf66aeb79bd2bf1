#pragma once
#include <filesystem>
#include <span>

#include "nce/core/tensor.h"

namespace nce {

/// Writes a tensor for `numpy.load`: format version 1.0, elements row-major. Atomic (see `AtomicFile`).
void save_npy(const std::filesystem::path& path, const Tensor& tensor);
/// The same for labels: a vector of 32-bit integers.
void save_npy(const std::filesystem::path& path, std::span<const int> values);

}  // namespace nce
