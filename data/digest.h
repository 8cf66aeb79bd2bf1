#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// 64 bits that stand for these bytes (and, with `before`, for earlier bytes with that digest). If two contents differ
/// by accident, their digests are equal once in 2^64 cases; somebody who wants to can make them equal. The same for any
/// number of threads.
uint64_t digest(std::span<const std::byte> bytes, uint64_t before = 0);

/// The digests of a long sequence of bytes that comes in parts: one for each 64 KiB, wherever the parts end.
class Pieces {
 public:
  /// Room for `bytes` more.
  uint8_t* room(int64_t bytes);
  /// Adds the first `bytes` of that room.
  void take(int64_t bytes);
  /// The digests; the last piece may be shorter.
  std::vector<uint64_t> finish();

 private:
  void digest(int64_t piece);
  std::vector<uint8_t> waiting_;
  int64_t filled_ = 0;
  std::vector<uint64_t> found_;
};
/// The number of images, of so many bytes each, in a part: about 4 MB, and enough for all threads.
int64_t images_of_a_part(int64_t image_bytes);

/// The digest of the contents of a data set: sizes, labels and pixels. Its name, its folder and its form (plain or
/// gzipped) do not count. 200 MB take less than 0.2 s.
uint64_t digest(const Dataset& data);

}  // namespace nce::data
