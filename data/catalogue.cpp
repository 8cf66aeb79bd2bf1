#include "nce/data/catalogue.h"

#include "nce/data/sets/cifar.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/sets/idx.h"

namespace nce::data {

Catalogue<KnownDataset>& known_datasets() {
  static Catalogue<KnownDataset> all(
      "data set",
      {
          {.name = "glyphs", .load = [](auto&, Split split) { return glyphs(split); }},
          {.name = "mnist", .folder = "MNIST/raw", .load = mnist},
          {.name = "fashion_mnist", .folder = "FashionMNIST/raw", .load = fashion_mnist},
          {.name = "cifar10", .folder = "cifar-10-batches-bin", .load = cifar10},
          {.name = "idx", .folder = "train-images-idx3-ubyte and the three files beside it", .load = idx_folder},
      });
  return all;
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& root, Split split) {
  const KnownDataset& row = known_datasets().find(name);
  check(row.folder.empty() || !root.empty(), "{}: needs a root, the folder that holds {}", name, row.folder);
  Dataset data = row.load(root, split);
  validate(data);
  return data;
}

Splits load_splits(const std::string& name, const std::filesystem::path& root) {
  Splits both{load_dataset(name, root, Split::train), load_dataset(name, root, Split::test)};
  validate_pair(both.train, both.test);
  return both;
}

}  // namespace nce::data
