#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// EXIF's orientation of a JPEG file, 1 .. 8, by libexif. 1 is upright, and also if the file says nothing.
int orientation_of(std::string_view file);

/// Turns and mirrors a picture of orientation 1 .. 8 so that it is upright. Its pixels are in `room` before and after.
Picture turned_upright(const Picture& picture, int orientation, std::vector<uint8_t>& room);

}  // namespace nce::data
