#include "nce/data/catalogue.h"

#include <fmt/ranges.h>

#include "nce/core/error.h"
#include "nce/data/sets/cifar.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/sets/idx.h"

namespace nce::data {
namespace {

std::vector<KnownDataset>& rows() {
  using Root = std::filesystem::path;
  static std::vector<KnownDataset> all{
      {.name = "glyphs", .load = [](const Root&, Split split) { return glyphs(split); }},
      {.name = "mnist", .folder = "MNIST/raw", .load = mnist},
      {.name = "fashion_mnist", .folder = "FashionMNIST/raw", .load = fashion_mnist},
      {.name = "cifar10",
       .folder = "cifar-10-batches-bin",
       .load = [](const Root& root, Split split) { return cifar10(root, split); }},
      {.name = "idx", .folder = "train-images-idx3-ubyte and the three files beside it", .load = idx_folder},
  };
  return all;
}

const KnownDataset* find(const std::string& name) {
  for (const KnownDataset& row : rows())
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

const std::vector<KnownDataset>& known_datasets() { return rows(); }

const KnownDataset& find_dataset(const std::string& name) {
  if (const KnownDataset* row = find(name)) return *row;
  std::vector<std::string> names;
  for (const KnownDataset& row : rows()) names.push_back(row.name);
  fail("there is no data set '{}'; there are {}", name, fmt::join(names, ", "));
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& root, Split split) {
  const KnownDataset& row = find_dataset(name);
  check(row.folder.empty() || !root.empty(), "{}: needs a root, the folder that holds {}", name, row.folder);
  return row.load(root, split);
}

bool register_dataset(KnownDataset row) {
  check(!row.name.empty() && row.load, "register_dataset: a row needs a name and a way to load it");
  check(!find(row.name), "register_dataset: there is a data set '{}' already", row.name);
  rows().push_back(std::move(row));
  return true;
}

}  // namespace nce::data
