#include "nce/data/catalogue.h"

#include <fmt/ranges.h>

#include "nce/core/error.h"
#include "nce/data/sets/cifar.h"
#include "nce/data/sets/glyphs.h"
#include "nce/data/sets/idx.h"

namespace nce::data {
namespace {

struct Entry {
  const char* name;
  const char* folder;  // what is below the root; null where no file is needed
  Dataset (*load)(const std::filesystem::path& root, Split split);
};

constexpr Entry kSets[] = {
    {"glyphs", nullptr, [](const std::filesystem::path&, Split split) { return glyphs(split); }},
    {"mnist", "MNIST/raw", mnist},
    {"fashion_mnist", "FashionMNIST/raw", fashion_mnist},
    {"cifar10", "cifar-10-batches-bin",
     [](const std::filesystem::path& root, Split split) { return cifar10(root, split); }},
    {"idx", "train-images-idx3-ubyte and the three files beside it", idx_folder},
};

}  // namespace

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kSets) names.push_back(entry.name);
  return names;
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& root, Split split) {
  for (const Entry& entry : kSets) {
    if (name != entry.name) continue;
    check(!entry.folder || !root.empty(), "{}: needs a root, the folder that holds {}", name,
          entry.folder ? entry.folder : "");
    return entry.load(root, split);
  }
  fail("there is no data set '{}'; there are {}", name, fmt::join(dataset_names(), ", "));
}

}  // namespace nce::data
