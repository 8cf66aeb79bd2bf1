#include "nce/data/images/decode.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "nce/core/error.h"
#include "nce/data/images/jpeg.h"
#include "nce/data/images/orientation.h"
#include "nce/data/images/pnm.h"

namespace {

// stb_image takes its memory from these functions. They refuse a block larger than `most_bytes`, because a file may not
// unpack to more than its header says. New memory is zero, because with a damaged file stb reads tables and pixels that
// it never wrote.
thread_local size_t most_bytes = 0;
void* take(size_t bytes) { return bytes > most_bytes ? nullptr : std::calloc(bytes, 1); }
void* grow(void* block, size_t bytes) { return bytes > most_bytes ? nullptr : std::realloc(block, bytes); }

}  // namespace

#define STBI_MALLOC(bytes) take(bytes)
#define STBI_REALLOC(block, bytes) grow(block, bytes)
#define STBI_FREE(block) std::free(block)
#define STBI_ASSERT(claim) static_cast<void>(0)  // a damaged file may make it false, which must not end the program
#define STBI_MAX_DIMENSIONS (1 << 20)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace nce::data {
namespace {

// Gives stb a file in memory. Unlike stb's own reader, it knows whether stb wanted more bytes than there are.
struct Reader {
  std::string_view rest;
  bool ended = false;
  static Reader& of(void* user) { return *static_cast<Reader*>(user); }
  static int read(void* user, char* to, int count) {
    Reader& r = of(user);
    const size_t got = std::min(size_t(count), r.rest.size());
    std::memcpy(to, r.rest.data(), got);
    r.rest.remove_prefix(got);
    r.ended |= got == 0 && count > 0;
    return int(got);
  }
  static void skip(void* user, int count) {
    Reader& r = of(user);
    r.ended |= count > 0 && size_t(count) > r.rest.size();
    if (count > 0) r.rest.remove_prefix(std::min(size_t(count), r.rest.size()));
  }
  static int eof(void* user) { return of(user).rest.empty(); }
};
constexpr stbi_io_callbacks kReader{Reader::read, Reader::skip, Reader::eof};

struct Header {
  int height = 0, width = 0, channels = 0;
};

bool is_png(std::string_view file) { return file.starts_with("\x89PNG"); }

// False if the file has another format. (If a PNG file is too large for stb, stb does not say how large.)
bool read_header(std::string_view file, Header& header) {
  if (is_png(file) && file.size() >= 24) {
    const auto number = [&](size_t at) {
      uint32_t value = 0;
      for (size_t i = at; i < at + 4; ++i) value = value << 8 | uint8_t(file[i]);
      return int(std::min<uint32_t>(value, 1u << 30));
    };
    header = {.height = number(20), .width = number(16)};
    if (int64_t(header.height) * header.width >= 1 << 28) return true;
  }
  if (is_jpeg(file))
    check(components_of_jpeg(file) != 4,
          "is CMYK, made for printing; convert it to RGB first: mogrify -colorspace sRGB FILE");
  Reader reader{file};
  most_bytes = size_t(1) << 20;
  return stbi_info_from_callbacks(&kReader, &reader, &header.width, &header.height, &header.channels) != 0;
}

// An error with stb's reason.
[[noreturn]] void refuse(const Reader& reader) {
  const std::string reason = stbi_failure_reason() ? stbi_failure_reason() : "unknown";
  if (reader.ended || reason == "outofdata") fail("ends too early: the file is cut off");
  if (reason == "outofmem") fail("damaged: unpacks to more than its size needs, or memory is short");
  fail("damaged, or of a kind that is not read ({})", reason);
}

// (pixels, of) -> (pixels, to), grey or colour. Replaces the bytes in `room`.
void to_channels(const uint8_t* from, int64_t pixels, int of, int to, Alpha alpha, std::vector<uint8_t>& room) {
  room.resize(size_t(pixels) * size_t(to));
  const int colours = of < 3 ? 1 : 3;
  uint8_t* out = room.data();
  for (int64_t p = 0; p < pixels; ++p, from += of)
    for (int c = 0; c < to; ++c) {
      int value = from[colours == 3 ? c : 0];
      if (of != colours && alpha == Alpha::white) {
        const int over = value * from[colours] + 255 * (255 - from[colours]);
        value = (over + 127) / 255;
      }
      *out++ = uint8_t(value);
    }
}

}  // namespace

bool is_colour(std::string_view file) {
  if (is_pnm(file)) return file[1] == '6';
  Header header;
  return read_header(file, header) && header.channels >= 3;
}

Picture decode(std::string_view file, const DecodeOptions& options, std::vector<uint8_t>& room) {
  const auto check_size = [&](int64_t height, int64_t width) {
    check(height > 0 && width > 0, "damaged: a picture of {} x {}", height, width);
    check(height * width <= options.most_pixels, "{} x {} pixels are too many; {} million may be decoded", height,
          width, options.most_pixels >> 20);
  };
  if (is_pnm(file)) {
    const PnmHeader header = read_pnm_header(file);
    check_size(header.height, header.width);
    thread_local std::vector<uint8_t> bytes;
    decode_pnm(file, header, bytes);
    const int to = std::max(options.channels, header.channels);
    to_channels(bytes.data(), int64_t(header.height) * header.width, header.channels, to, options.alpha, room);
    return {header.height, header.width, to, room};
  }
  Header header;
  check(file.size() > 0, "the file is empty");
  check(read_header(file, header), "{}",
        is_png(file) || is_jpeg(file) ? "damaged: its header cannot be read"
                                      : "is no JPEG, PNG, BMP, GIF, PGM or PPM file, whatever its name says");
  check_size(header.height, header.width);
  const int64_t pixels = int64_t(header.height) * header.width;
  // One byte of a file gives a limited number of pixels. PNG: at most 1032 bytes (zlib's technical details) of 8
  // pixels. JPEG: a block of 64 values has at least one bit, and a value is for at most 16 pixels. GIF: twelve bits are
  // at most 4096 pixels. BMP is not packed.
  const int64_t most_in_a_byte = file.starts_with("BM") ? 8 : 8 * 1032;
  check(pixels / most_in_a_byte <= int64_t(file.size()), "damaged: {} bytes cannot hold {} x {} pixels",
        file.size(), header.height, header.width);
  most_bytes = size_t(pixels) * 16 + (size_t(1) << 20);  // 4 channels of 16 bits, twice
  Reader reader{file};
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<uint8_t, void (*)(void*)> decoded(
      stbi_load_from_callbacks(&kReader, &reader, &width, &height, &channels, 0), std::free);
  if (!decoded || reader.ended) refuse(reader);
  check(height == header.height && width == header.width, "damaged: its header states two sizes");
  const int to = std::max(options.channels, channels < 3 ? 1 : 3);
  to_channels(decoded.get(), pixels, channels, to, options.alpha, room);
  return turned_upright({height, width, to, room}, is_jpeg(file) ? orientation_of(file) : 1, room);
}

}  // namespace nce::data
