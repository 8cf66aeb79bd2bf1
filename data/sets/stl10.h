#pragma once
#include <filesystem>
#include <string>

#include "nce/data/catalogue.h"

namespace nce::data {

/// STL-10, 96 x 96 x 3, from `<root>/stl10_binary`: 5,000 labelled training images in train_X.bin and train_y.bin, 8,000
/// test images in test_X.bin and test_y.bin, 100,000 without labels in unlabeled_X.bin, which may be missing. An image is a
/// plane of red, one of green and one of blue, each column by column. Labels in the files are 1 .. 10; here they are 0 .. 9.
///
/// Images are read from the files each time they are needed. Only labels are in memory.
struct Stl10 {
  std::string learn_from = "train+unlabeled";
  int64_t fold = -1;
  void fields(Options& o) {
    o.choice("learn_from", learn_from, {"train+unlabeled", "train"},
             "images that the encoder learns from; those of unlabeled_X.bin have no labels");
    o.integer("fold", fold,
              "of the labelled training images use a published fold of 1000 (fold_indices.txt), 0 .. 9; -1: all",
              {.least = -1, .most = 9});
  }
  Splits load(const std::filesystem::path& root) const;
};

}  // namespace nce::data
