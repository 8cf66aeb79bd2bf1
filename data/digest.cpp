#include "nce/data/digest.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "nce/core/parallel.h"
#include "nce/core/random.h"

namespace nce::data {
namespace {

constexpr int64_t kPiece = 1 << 16;

// Each piece goes through multiplications and shifts that can be undone: one word that differs always shows. Philox then
// joins the pieces.
Key digest_pieces(std::span<const std::byte> bytes, Key before) {
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
  return parallel_reduce<Key>(int64_t(bytes.size()), kPiece, before, of_piece,
                              [](Key a, Key b) { return a.fold(b.value); });
}

}  // namespace

uint64_t digest(std::span<const std::byte> bytes, uint64_t before) {
  return digest_pieces(bytes, Key(before).fold(bytes.size())).value;
}

uint64_t digest(const Dataset& data) {
  const int sizes[] = {data.height, data.width, data.channels};
  const uint64_t before = digest(std::as_bytes(std::span(data.labels)), digest(std::as_bytes(std::span(sizes))));
  // All images as one sequence of bytes, a part of it at a time. A rest that fills no piece waits for the next part.
  Key key = Key(before).fold(uint64_t(data.size() * data.image_bytes()));
  const int64_t bytes = data.image_bytes(),
                images = std::max<int64_t>(1, 64 * kPiece / std::max<int64_t>(1, bytes));
  std::vector<uint8_t> part;
  for (int64_t first = 0; first < data.size(); first += images) {
    const int64_t count = std::min(images, data.size() - first), rest = int64_t(part.size());
    part.resize(size_t(rest + count * bytes));
    parallel_for(count, 4, [&](int64_t begin, int64_t end) {
      std::vector<uint8_t> room;
      for (int64_t i = begin; i < end; ++i)
        std::ranges::copy(data.image(first + i, room).pixels, part.begin() + rest + i * bytes);
    });
    const bool last = first + count == data.size();
    const int64_t whole = last ? int64_t(part.size()) : int64_t(part.size()) / kPiece * kPiece;
    key = digest_pieces(std::as_bytes(std::span(part)).first(size_t(whole)), key);
    part.erase(part.begin(), part.begin() + whole);
  }
  return key.value;
}

}  // namespace nce::data
