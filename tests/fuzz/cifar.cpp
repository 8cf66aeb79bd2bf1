// The binary files of CIFAR-10 and CIFAR-100: the last byte, a pixel, says of which.
#include "nce/data/sets/cifar.h"

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("cifar", bytes) {
  using namespace nce::data;
  static const MemoryFile file;
  static const LinkedFolder root({{"cifar-10-batches-bin/test_batch.bin", &file},
                                  {"cifar-100-binary/train.bin", &file},
                                  {"cifar-100-binary/test.bin", &file}});
  file.write(bytes);
  const int set = bytes.empty() ? 0 : uint8_t(bytes.back()) % 3;
  refusable([&] {
    if (set == 0) return validate(cifar10(root.path(), Split::test));
    validate(*Cifar100{.coarse = set == 1}.load(root.path()).train);
  });
}
