// STL-10: labels, folds and the beginning of the images, "<|>" between them. The images go on with zeros.
#include "nce/data/sets/stl10.h"

#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("stl10", bytes) {
  using namespace nce::data;
  constexpr size_t kImage = 96 * 96 * 3;
  const auto files = parts_of(bytes, 3);
  static const MemoryFile labels, folds, images;
  static const LinkedFolder root({{"stl10_binary/train_y.bin", &labels},
                                  {"stl10_binary/test_y.bin", &labels},
                                  {"stl10_binary/fold_indices.txt", &folds},
                                  {"stl10_binary/train_X.bin", &images},
                                  {"stl10_binary/test_X.bin", &images}});
  labels.write(files[0].substr(0, 4)), folds.write(files[1]), images.write(files[2]);
  if (!files[2].empty()) images.resize(std::min(files[0].size(), size_t(4)) * kImage);
  refusable([&] {
    const Splits splits = Stl10{.learn_from = "train", .fold = int64_t(bytes.size() % 3) - 1}.load(root.path());
    validate(*splits.train), validate(*splits.test);
    std::vector<uint8_t> room;
    sound(splits.train->picture(splits.train->size() - 1, room).pixels.size() == kImage);
  });
}
