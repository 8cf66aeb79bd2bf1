#include "nce/data/digest.h"

#include <algorithm>
#include <cstring>

#include "nce/core/parallel.h"
#include "nce/core/random.h"

namespace nce::data {

// Each piece goes through multiplications and shifts that can be undone: one word that differs always shows. Philox then
// joins the pieces.
uint64_t digest(std::span<const std::byte> bytes, uint64_t before) {
  const auto of_piece = [&](int64_t begin, int64_t end) {
    uint64_t hash = 0x9E3779B97F4A7C15;
    for (int64_t i = begin; i < end; i += 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, size_t(std::min<int64_t>(8, end - i)));
      hash = (hash ^ word) * 0xD6E8FEB86659FD93;
      hash ^= hash >> 32;
    }
    return Key(hash);
  };
  const Key start = Key(before).fold(bytes.size());
  return parallel_reduce<Key>(int64_t(bytes.size()), 1 << 16, start, of_piece,
                              [](Key a, Key b) { return a.fold(b.value); })
      .value;
}

uint64_t digest(const Dataset& data) {
  const int sizes[] = {data.height, data.width, data.channels};
  return digest(std::as_bytes(std::span(data.images)),
                digest(std::as_bytes(std::span(data.labels)), digest(std::as_bytes(std::span(sizes)))));
}

}  // namespace nce::data
