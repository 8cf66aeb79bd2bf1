#include "pages/png.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include "nce/core/error.h"

namespace nce::cli {
namespace {

const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string png(const std::vector<uint8_t>& pixels, int height, int width) {
  const auto write = [](void* to, void* bytes, int count) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size_t(count));
  };
  std::string bytes;
  return stbi_write_png_to_func(write, &bytes, width, height, 3, pixels.data(), 3 * width) ? bytes : "";
}

std::string base64(const std::string& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t b = 0; b < 3; ++b) three = three << 8 | (i + b < bytes.size() ? uint8_t(bytes[i + b]) : 0u);
    for (size_t d = 0; d < 4; ++d) text += i + d <= bytes.size() ? kDigits[three >> (18 - 6 * d) & 63] : '=';
  }
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes;
  uint32_t bits = 0;
  for (size_t i = 0, held = 0; i < text.size() && text[i] != '='; ++i) {
    const size_t digit = kDigits.find(text[i]);
    check(digit != std::string::npos, "base64: there is no digit '{}'", text[i]);
    bits = bits << 6 | uint32_t(digit), held += 6;
    if (held >= 8) held -= 8, bytes += char(bits >> held & 255);
  }
  return bytes;
}

}  // namespace nce::cli
