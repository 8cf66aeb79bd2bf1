#pragma once
#include <filesystem>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// An array of bytes in the IDX format of the MNIST distribution: two zero bytes, type 8, the number of dimensions,
/// each size as a big-endian 32-bit number, then the elements.
struct IdxArray {
  std::vector<int64_t> sizes;
  std::vector<uint8_t> values;
};

/// Reads a file, plain or gzipped. Anything but a whole and well-formed one is an error with the file and the
/// offset.
IdxArray read_idx(const std::filesystem::path& path);

/// Images (N, H, W), or (N, H, W, C) with 1 or 3 channels, and labels (N) of 0 .. classes - 1 as one data set.
Dataset idx_dataset(const std::string& name, const std::filesystem::path& images,
                    const std::filesystem::path& labels, int classes);

/// Any set of that form: `<root>/train-images-idx3-ubyte` (or idx4 for four dimensions), `train-labels-idx1-ubyte`,
/// and the same with `t10k` for the test split, each plain or with .gz. As many classes as the largest label says.
Dataset idx_folder(const std::filesystem::path& root, Split split);

/// `<root>/MNIST/raw` and `<root>/FashionMNIST/raw`, each file plain or with .gz.
Dataset mnist(const std::filesystem::path& root, Split split);
Dataset fashion_mnist(const std::filesystem::path& root, Split split);

}  // namespace nce::data
