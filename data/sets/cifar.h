#pragma once
#include <filesystem>

#include "nce/data/catalogue.h"

/// CIFAR, 32 x 32 x 3, in its binary form. A record is one label byte (CIFAR-10) or two (CIFAR-100: coarse, fine), then
/// 1024 bytes each of red, green and blue. If files, or records of a file, are not there, they are named in `missing`.
/// Errors: no record at all, half a record, more records than the published file has.
namespace nce::data {

/// `<root>/cifar-10-batches-bin`: data_batch_1.bin .. data_batch_5.bin with 10,000 images each, and test_batch.bin.
InMemoryDataset cifar10(const std::filesystem::path& root, Split split);

/// `<root>/cifar-100-binary`: train.bin with 50,000 images, and test.bin with 10,000.
struct Cifar100 {
  bool coarse = false;
  void fields(Options& o) {
    o.flag("coarse", coarse, "the 20 coarse labels (\"fish\") in place of the 100 fine ones (\"shark\")");
  }
  Splits load(const std::filesystem::path& root) const;
};

}  // namespace nce::data
