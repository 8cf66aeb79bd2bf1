#include "nce/data/images/orientation.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <memory>

namespace nce::data {

int orientation_of(std::string_view file) {
  constexpr size_t kMost = 1 << 17;  // EXIF data come first, and have at most 64 KB
  const std::unique_ptr<ExifData, void (*)(ExifData*)> data(
      exif_data_new_from_data(reinterpret_cast<const uint8_t*>(file.data()),
                              unsigned(std::min(file.size(), kMost))),
      exif_data_unref);
  ExifEntry* const entry = data ? exif_data_get_entry(data.get(), EXIF_TAG_ORIENTATION) : nullptr;
  if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->components < 1) return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

Picture turned_upright(const Picture& picture, int orientation, std::vector<uint8_t>& room) {
  if (orientation == 1) return picture;
  const bool swaps = orientation >= 5;  // rows become columns
  const bool flips_rows = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const bool flips_columns = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const int height = swaps ? picture.width : picture.height, width = swaps ? picture.height : picture.width;
  thread_local std::vector<uint8_t> turned;
  turned.resize(picture.pixels.size());
  uint8_t* to = turned.data();
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int from_y = flips_rows ? height - 1 - y : y, from_x = flips_columns ? width - 1 - x : x;
      const int64_t row = swaps ? from_x : from_y, column = swaps ? from_y : from_x;
      to = std::copy_n(picture.pixels.data() + (row * picture.width + column) * picture.channels, picture.channels,
                       to);
    }
  room.swap(turned);
  return {height, width, picture.channels, room};
}

}  // namespace nce::data
