#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// An array of bytes in the IDX format of MNIST. A file is two zero bytes, type 8 and the number of dimensions. Each
/// size follows as a big-endian 32-bit number, then the elements, row-major.
struct IdxArray {
  std::vector<int64_t> sizes;
  std::vector<uint8_t> values;
};

/// Reads a file, plain or gzipped, of any size. A file that is cut off, too long or malformed is an error with its name
/// and the offset. No memory is taken before that, whatever sizes the file claims.
IdxArray read_idx(const std::filesystem::path& path);

/// One data set from a file of images and one of labels. Images are (N, H, W), or (N, H, W, C) with 1 or 3 channels.
/// Labels are (N), each 0 .. classes - 1. Images with one channel count as digits or letters.
InMemoryDataset idx_dataset(const std::string& name, const std::filesystem::path& images,
                            const std::filesystem::path& labels, int classes);

/// Any set in this form. Training: `<root>/train-images-idx3-ubyte` (idx4 for four dimensions) and
/// `train-labels-idx1-ubyte`. Test: the same with `t10k`. Each file plain or with .gz; `train-images.idx3-ubyte`, with a
/// dot, is taken too. Images in both three and four dimensions are an error. The largest label gives the number of classes.
InMemoryDataset idx_folder(const std::filesystem::path& root, Split split);

/// A split of a published set: the files `<prefix>-images-idx3-ubyte` and `<prefix>-labels-idx1-ubyte` of a folder,
/// plain or with .gz. `published` is the number of images of the whole set.
InMemoryDataset idx_pair(const std::string& name, const std::filesystem::path& folder, const std::string& prefix,
                         const std::vector<std::string>& class_names, int64_t published);

/// `<root>/MNIST/raw`, `<root>/FashionMNIST/raw` and `<root>/KMNIST/raw`, 28 x 28 x 1, 10 classes. Each file plain or
/// with .gz.
InMemoryDataset mnist(const std::filesystem::path& root, Split split);
InMemoryDataset fashion_mnist(const std::filesystem::path& root, Split split);
InMemoryDataset kmnist(const std::filesystem::path& root, Split split);

}  // namespace nce::data
