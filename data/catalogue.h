#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "nce/core/catalogue.h"
#include "nce/data/dataset.h"

/// Every data set by its name: `nce train --data`, the help and the tests read this list.
/// To add a data set: its file in sets/, a row in catalogue.cpp, a test.
namespace nce::data {

/// A row of the catalogue.
struct KnownDataset {
  std::string name;
  std::string folder = {};  ///< What the root folder must hold: "MNIST/raw". Empty: the set needs no file.
  std::function<Dataset(const std::filesystem::path& root, Split split)> load = {};
};

Catalogue<KnownDataset>& known_datasets();

/// Loads a data set. `root` is the folder that holds the row's `folder`; a set without files ignores it.
/// Errors: an unknown name, an empty root where files are needed, any fault in a file, a set that is not whole.
Dataset load_dataset(const std::string& name, const std::filesystem::path& root, Split split);

/// Both splits, which must fit each other.
struct Splits {
  Dataset train, test;
};
Splits load_splits(const std::string& name, const std::filesystem::path& root);

}  // namespace nce::data
