#include "nce/data/catalogue.h"

#include "nce/data/sets/cifar.h"
#include "nce/data/sets/emnist.h"
#include "nce/data/sets/folder.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/sets/idx.h"
#include "nce/data/sets/npy.h"
#include "nce/data/sets/stl10.h"

namespace nce::data {

Catalogue<KnownDataset>& known_datasets() {
  static Catalogue<KnownDataset> all(
      "data set", {
                      known_dataset("glyphs", "", [](const auto&, Split split) { return glyphs(split); }),
                      known_dataset("mnist", "MNIST/raw", mnist, published::mnist()),
                      known_dataset("fashion_mnist", "FashionMNIST/raw", fashion_mnist, published::fashion_mnist()),
                      known_dataset("kmnist", "KMNIST/raw", kmnist, published::kmnist()),
                      known_dataset("emnist", "EMNIST/raw", Emnist{}, published::emnist()),
                      known_dataset("cifar10", "cifar-10-batches-bin", cifar10, published::cifar10()),
                      known_dataset("cifar100", "cifar-100-binary", Cifar100{}, published::cifar100()),
                      known_dataset("stl10", "stl10_binary", Stl10{}, published::stl10()),
                      known_dataset("folder", "a folder of pictures for each class", ImageFolder{}),
                      known_dataset("idx", "train-images-idx3-ubyte and the three files beside it", idx_folder),
                      known_dataset("npy", "train_images.npy and the three files beside it", npy_folder),
                  });
  return all;
}

Splits load_splits(const KnownDataset& row, const Source& source, const std::filesystem::path& root,
                   const Progress& progress) {
  check(row.folder.empty() || !root.empty(), "{}: needs a root, the folder that holds {}", row.name, row.folder);
  Splits both = source.load(root, progress);
  validate(*both.train);
  if (both.test->size() > 0) validate(*both.test);
  validate_pair(*both.train, *both.test);
  if (both.unlabelled) validate(*both.unlabelled);
  return both;
}

Splits load_splits(const std::string& name, const std::filesystem::path& root,
                   const std::vector<Setting>& settings) {
  const KnownDataset& row = known_datasets().find(name);
  const auto source = row.make();
  set_options(*source, settings);
  return load_splits(row, *source, root);
}

}  // namespace nce::data
