#pragma once
#include <filesystem>

#include "nce/data/dataset.h"

namespace nce::data {

/// Any images that NumPy saved: `<root>/train_images.npy` and `train_labels.npy`, `test_images.npy` and
/// `test_labels.npy`. Images are (N, H, W) or (N, H, W, C) with 1 or 3 channels. Bytes stay the same. Floats must all
/// be within 0 .. 1, or all within 0 .. 255; they are rounded to bytes. Labels are N whole numbers from 0 on. The
/// largest label of both splits gives the number of classes.
InMemoryDataset npy_folder(const std::filesystem::path& root, Split split);

}  // namespace nce::data
