// .npy files: every element can be read, and an images file with a labels file, "<|>" between them, makes a sound set.
#include "nce/core/files/npy.h"

#include "nce/data/sets/npy.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("npy", bytes) {
  const auto files = parts_of(bytes, 2);
  static const MemoryFile images, labels;
  static const LinkedFolder folder({{"test_images.npy", &images},
                                    {"test_labels.npy", &labels},
                                    {"train_images.npy", &images},
                                    {"train_labels.npy", &labels}});
  images.write(files[0]), labels.write(files[1]);
  for (const MemoryFile* file : {&images, &labels})
    refusable([&] {
      const nce::NpyArray array = nce::load_npy(file->path());
      sound(array.size() <= int64_t(bytes.size()));
      for (int64_t i = 0; i < array.size(); ++i) static_cast<void>(array[i]);
    });
  refusable([&] { nce::data::validate(nce::data::npy_folder(folder.path(), nce::data::Split::test)); });
}
