#pragma once
#include <filesystem>

#include "nce/data/dataset.h"

namespace nce::data {

/// CIFAR-10, 32 x 32 x 3, from its binary files in `<root>/cifar-10-batches-bin`. A record is a label byte, then
/// 1024 bytes of red, of green and of blue. The training split is data_batch_1.bin .. 5.bin; `missing` names those
/// that are not there. None at all is an error.
InMemoryDataset cifar10(const std::filesystem::path& root, Split split);

}  // namespace nce::data
