#include "nce/data/digest.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "nce/core/parallel.h"
#include "nce/core/random.h"

namespace nce::data {
namespace {

constexpr int64_t kPiece = 1 << 16;

// All steps can be undone. So if one word differs, the result always differs.
uint64_t digest_piece(std::span<const std::byte> piece) {
  uint64_t hash = 0x9E3779B97F4A7C15;
  for (size_t i = 0; i < piece.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, piece.data() + i, std::min<size_t>(8, piece.size() - i));
    hash = (hash ^ word) * 0xD6E8FEB86659FD93;
    hash ^= hash >> 32;
  }
  return hash;
}

std::vector<uint64_t> digest_pieces(std::span<const std::byte> bytes) {
  std::vector<uint64_t> found(size_t((int64_t(bytes.size()) + kPiece - 1) / kPiece));
  parallel_for(int64_t(found.size()), 1, [&](int64_t i, int64_t) {
    const auto rest = bytes.subspan(size_t(i * kPiece));
    found[size_t(i)] = digest_piece(rest.first(std::min(rest.size(), size_t(kPiece))));
  });
  return found;
}

// Philox joins the pieces.
uint64_t joined(std::span<const uint64_t> pieces, Key key) {
  for (const uint64_t piece : pieces) key = key.fold(piece);
  return key.value;
}

}  // namespace

uint8_t* Pieces::room(int64_t bytes) {
  waiting_.resize(size_t(filled_ + bytes));
  return waiting_.data() + filled_;
}

void Pieces::take(int64_t bytes) {
  filled_ += bytes;
  digest(filled_ / kPiece * kPiece);
}

std::vector<uint64_t> Pieces::finish() {
  digest(filled_);
  return std::move(found_);
}

void Pieces::digest(int64_t bytes) {
  for (const uint64_t piece : digest_pieces(std::as_bytes(std::span(waiting_)).first(size_t(bytes))))
    found_.push_back(piece);
  std::copy(waiting_.begin() + bytes, waiting_.begin() + filled_, waiting_.begin());
  filled_ -= bytes;
}

int64_t images_of_a_part(int64_t image_bytes) {
  return std::max<int64_t>(2 * num_threads(), 64 * kPiece / std::max<int64_t>(1, image_bytes));
}

uint64_t digest(std::span<const std::byte> bytes, uint64_t before) {
  return joined(digest_pieces(bytes), Key(before).fold(bytes.size()));
}

uint64_t digest(const Dataset& data) {
  const int sizes[] = {data.height, data.width, data.channels};
  const uint64_t before = digest(std::as_bytes(std::span(data.labels)), digest(std::as_bytes(std::span(sizes))));
  const Key key = Key(before).fold(uint64_t(data.size() * data.image_bytes()));
  if (const auto known = data.digest_pieces(); !known.empty()) return joined(known, key);
  // All images are one sequence of bytes.
  const int64_t bytes = data.image_bytes(), images = images_of_a_part(bytes);
  Pieces pieces;
  for (int64_t first = 0; first < data.size(); first += images) {
    const int64_t count = std::min(images, data.size() - first);
    uint8_t* const part = pieces.room(count * bytes);
    parallel_for(count, 4, [&](int64_t begin, int64_t end) {
      std::vector<uint8_t> room;
      for (int64_t i = begin; i < end; ++i) {
        const auto pixels = data.image(first + i, room).pixels;
        std::copy(pixels.begin(), pixels.end(), part + i * bytes);
      }
    });
    pieces.take(count * bytes);
  }
  return joined(pieces.finish(), key);
}

}  // namespace nce::data
