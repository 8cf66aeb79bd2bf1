#pragma once
#include <filesystem>
#include <span>

#include "nce/core/tensor.h"

namespace nce {

/// Writes a tensor as NumPy reads it with `numpy.load` (format version 1.0: magic, header, row-major elements).
/// Atomic: see `AtomicFile`.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);
/// Labels, as a vector of 32-bit integers.
void save_npy(const std::filesystem::path& path, std::span<const int> values);

}  // namespace nce
