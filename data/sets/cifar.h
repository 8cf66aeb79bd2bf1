#pragma once
#include <filesystem>

#include "nce/data/dataset.h"

namespace nce::data {

/// CIFAR-10 in its binary distribution, `<root>/cifar-10-batches-bin`: records of a label byte and 3072 bytes, the
/// red plane, then green, then blue. The training split is made of those of data_batch_1.bin .. 5.bin that are
/// present (the set's `missing` names the others), or, where `require_all`, is an error that names the missing
/// ones.
Dataset cifar10(const std::filesystem::path& root, Split split, bool require_all = false);

}  // namespace nce::data
