#include "nce/data/images/jpeg.h"

#include <algorithm>
#include <cstdint>

#include "nce/core/error.h"

namespace nce::data {
namespace {

int byte_at(std::string_view file, size_t at) { return at < file.size() ? uint8_t(file[at]) : 0; }

// Calls seen(marker, rest, length) for each segment with a body: the first `length` bytes of `rest`. Between segments
// are the bits of the image, in which a 0 comes after each 255, or bytes that a decoder skips.
void each_segment(std::string_view file, const auto& seen) {
  for (size_t at = 0; (at = file.find('\xff', at)) < file.size();) {
    at = file.find_first_not_of('\xff', at);  // padding
    if (at >= file.size()) return;
    const int marker = uint8_t(file[at++]);
    if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd8)) continue;  // has no body
    if (marker == 0xd9 || file.size() - at < 2) return;               // the end of the image
    const int length = std::max(2, byte_at(file, at) * 256 + byte_at(file, at + 1)) - 2;
    at += 2;
    seen(marker, file.substr(at), length);
    at += size_t(length);
  }
}

// A table is: a byte; the numbers of codes with 1 .. 16 bits; the value of each code. Like stb, this may read behind
// the end of the segment.
void check_huffman_tables(std::string_view rest, int length) {
  while (length > 0) {
    int codes = 0;
    for (size_t bits = 1; bits <= 16; ++bits) codes += byte_at(rest, bits);
    check(codes < 256, "damaged: a Huffman table of {} codes", codes);  // coefficients need fewer
    length -= 17 + codes;
    rest.remove_prefix(std::min(size_t(17 + codes), rest.size()));
  }
}

}  // namespace

bool is_jpeg(std::string_view file) {
  const size_t first = file.find_first_not_of('\xff');
  return first != file.npos && first > 0 && file[first] == '\xd8';
}

int components_of_jpeg(std::string_view file) {
  int components = 0;
  each_segment(file, [&](int marker, std::string_view rest, int length) {
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame && components == 0) components = byte_at(rest, 5);
    if (marker == 0xc4) check_huffman_tables(rest, length);
  });
  return components;
}

}  // namespace nce::data
