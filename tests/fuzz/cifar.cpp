// The binary files of CIFAR-10 and CIFAR-100.
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
  refusable([&] { validate(cifar10(root.path(), Split::test)); });
  for (const bool coarse : {false, true})
    refusable([&] { validate(*Cifar100{.coarse = coarse}.load(root.path()).train); });
}
