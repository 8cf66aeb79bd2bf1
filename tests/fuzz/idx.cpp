// IDX files, plain and compressed: an images file and a labels file, "<|>" between them.
#include <zlib.h>

#include "nce/data/sets/idx.h"
#include "support/fuzz.h"

using namespace nce::test;

NCE_FUZZ("idx", bytes) {
  static const MemoryFile labels;
  const auto files = parts_of(bytes, 2);
  labels.write(files[1]);
  refusable([&] { nce::data::validate(nce::data::idx_dataset("F", file_of(files[0]), labels.path(), 10)); });
}
