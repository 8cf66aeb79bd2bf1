// The binary files of CIFAR-10.
#include "nce/data/sets/cifar.h"
#include "support/files.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("cifar", bytes) {
  static const MemoryFile file;
  static const TemporaryFolder root;
  static const bool linked = [] {
    std::filesystem::create_directory(root / "cifar-10-batches-bin");
    std::filesystem::create_symlink(file.path(), root / "cifar-10-batches-bin/test_batch.bin");
    return true;
  }();
  sound(linked);
  file.write(bytes);
  refusable([&] { nce::data::validate(nce::data::cifar10(root.path(), nce::data::Split::test)); });
}
