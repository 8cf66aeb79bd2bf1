#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// The data sets that `load_dataset` knows: "glyphs" (built in, needs no file), "mnist", "fashion_mnist",
/// "cifar10", "idx" (any set of MNIST's form).
std::vector<std::string> dataset_names();

/// A data set by name. `root` is the folder that holds MNIST/raw, FashionMNIST/raw or cifar-10-batches-bin, or,
/// for "idx", the four files themselves; "glyphs" takes no notice of it. An unknown name is an error that lists the
/// known ones; so is an empty root where files are needed, and every fault in them.
Dataset load_dataset(const std::string& name, const std::filesystem::path& root, Split split);

}  // namespace nce::data
