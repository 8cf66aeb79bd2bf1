// IDX files, plain and compressed, also as EMNIST: an images file and a labels file, "<|>" between them.
#include "nce/data/sets/idx.h"

#include "nce/data/sets/emnist.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("idx", bytes) {
  using namespace nce::data;
  static const MemoryFile images, labels;
  static const std::string emnist = "EMNIST/raw/emnist-digits-";
  static const LinkedFolder root({{emnist + "train-images-idx3-ubyte", &images},
                                  {emnist + "train-labels-idx1-ubyte", &labels},
                                  {emnist + "test-images-idx3-ubyte", &images},
                                  {emnist + "test-labels-idx1-ubyte", &labels}});
  const auto files = parts_of(bytes, 2);
  images.write(files[0]), labels.write(files[1]);
  refusable([&] {
    validate(idx_dataset("F", images.path(), labels.path(), 10));
    const Splits turned = Emnist{.emnist_split = "digits"}.load(root.path());  // is turned upright
    validate(*turned.train), validate(*turned.test);
  });
}
