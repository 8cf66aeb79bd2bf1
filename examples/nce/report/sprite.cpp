#include "report/sprite.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "nce/core/error.h"
#include "nce/data/images/resize.h"
#include "pages/png.h"

namespace nce::cli {
namespace {

constexpr int kLongest = 40, kQuality = 80;

}  // namespace

int Sprite::add(const Pixels& picture) {
  Pixels small = picture;
  if (const int longest = std::max(picture.height, picture.width); longest > kLongest) {
    const auto shrunk = [&](int side) { return std::max(1, side * kLongest / longest); };
    small.height = shrunk(picture.height), small.width = shrunk(picture.width);
    data::resize({picture.height, picture.width, picture.channels, picture.bytes}, small.height, small.width,
                 small.bytes);
  }
  pictures_.push_back(std::move(small));
  return int(pictures_.size()) - 1;
}

nlohmann::ordered_json Sprite::json() const {
  if (pictures_.empty()) return {};
  int height = 0, width = 0;
  for (const Pixels& p : pictures_) height = std::max(height, p.height), width = std::max(width, p.width);
  const int cell =
      (std::max(height, width) + 7) / 8 * 8;  // JPEG's blocks: a picture does not run into the next one
  const int columns = int(std::ceil(std::sqrt(double(pictures_.size())))),
            rows = (int(pictures_.size()) + columns - 1) / columns;
  const size_t across = size_t(columns) * size_t(cell);
  std::vector<uint8_t> pixels(across * size_t(rows) * size_t(cell) * 3);
  for (size_t i = 0; i < pictures_.size(); ++i) {
    const Pixels& p = pictures_[i];
    const size_t top = i / size_t(columns) * size_t(cell) + size_t(height - p.height) / 2,
                 left = i % size_t(columns) * size_t(cell) + size_t(width - p.width) / 2;
    for (size_t y = 0; y < size_t(p.height); ++y)
      for (size_t x = 0; x < size_t(p.width); ++x)
        for (size_t c = 0; c < 3; ++c)
          pixels[((top + y) * across + left + x) * 3 + c] =
              p.bytes[(y * size_t(p.width) + x) * size_t(p.channels) + (p.channels == 3 ? c : 0)];
  }
  std::string jpeg;
  const auto write = [](void* to, void* bytes, int count) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size_t(count));
  };
  check(stbi_write_jpg_to_func(write, &jpeg, int(across), rows * cell, 3, pixels.data(), kQuality) != 0,
        "{} pictures cannot be written as JPEG", pictures_.size());
  return {{"uri", "data:image/jpeg;base64," + base64(jpeg)},
          {"width", width},
          {"height", height},
          {"cell", cell},
          {"columns", columns},
          {"rows", rows}};
}

}  // namespace nce::cli
