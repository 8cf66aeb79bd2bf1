#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// EXIF's orientation of a JPEG file, 1 .. 8, by libexif. 1 is upright, also where the file says nothing.
int orientation_of(std::string_view file);

/// Turns and mirrors a picture so that orientation 1 .. 8 is upright. Its pixels are those of `room`, then again.
Picture turned_upright(const Picture& picture, int orientation, std::vector<uint8_t>& room);

}  // namespace nce::data
