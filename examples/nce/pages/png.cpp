#include "pages/png.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <openssl/evp.h>

#include "nce/core/error.h"

namespace nce::cli {

std::string png(const std::vector<uint8_t>& pixels, int height, int width) {
  const auto write = [](void* to, void* bytes, int count) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size_t(count));
  };
  std::string bytes;
  return stbi_write_png_to_func(write, &bytes, width, height, 3, pixels.data(), 3 * width) ? bytes : "";
}

std::string base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a zero
  text.resize(size_t(EVP_EncodeBlock(reinterpret_cast<uint8_t*>(text.data()),
                                     reinterpret_cast<const uint8_t*>(bytes.data()), int(bytes.size()))));
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int count = EVP_DecodeBlock(reinterpret_cast<uint8_t*>(bytes.data()),
                                    reinterpret_cast<const uint8_t*>(text.data()), int(text.size()));
  check(count >= 0 && text.size() % 4 == 0, "base64: this text is something else");
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(size_t(count) - padding);
  return bytes;
}

}  // namespace nce::cli
