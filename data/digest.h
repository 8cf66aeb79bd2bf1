#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// 64 bits that stand for these bytes, and for those that `before` is the digest of. Two contents that differ by chance
/// have the same digest once in 2^64; it is no protection against intent. The same on any number of threads.
uint64_t digest(std::span<const std::byte> bytes, uint64_t before = 0);

/// The digests of a long sequence of bytes that comes part by part: one for each 64 KiB, wherever the parts end.
class Pieces {
 public:
  /// Room for `bytes` more.
  uint8_t* room(int64_t bytes);
  /// Takes the first `bytes` of that room.
  void take(int64_t bytes);
  /// The last piece is what is left.
  std::vector<uint64_t> finish();

 private:
  void digest(int64_t piece);
  std::vector<uint8_t> waiting_;
  int64_t filled_ = 0;
  std::vector<uint64_t> found_;
};
/// How many images of so many bytes make a part: enough for all threads, and about 4 MB.
int64_t images_of_a_part(int64_t image_bytes);

/// The digest of what a data set holds: sizes, labels and pixels. Its name, its folder and its form (plain or gzipped)
/// do not count. 200 MB take less than 0.2 s.
uint64_t digest(const Dataset& data);

}  // namespace nce::data
