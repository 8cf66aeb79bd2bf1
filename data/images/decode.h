#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// What becomes of pixels that one can see through: they lie on white, or show the colour that the file has below.
enum class Alpha { white, ignore };

struct DecodeOptions {
  int channels =
      0;  ///< 1: grey; 3: colour, also of a grey picture; 0: as the file has it. Colour never becomes grey.
  Alpha alpha = Alpha::white;
  int64_t most_pixels = int64_t(1) << 27;  ///< Refused before decoding: 400 MB of colour.
};

/// Whether a picture has colours, by its header. A file that is none of ours has none. Errors: CMYK, a damaged JPEG file.
bool is_colour(std::string_view file);

/// Decodes a JPEG, PNG, BMP, GIF (its first frame), PGM or PPM file into `room`: (height, width, 1 or 3), turned
/// upright as its EXIF data say. 16 bits become 8. Memory is bounded by the size that the header states, which is
/// compared with `most_pixels` and with the length of the file first.
///
/// Errors, without the file's name: another format, CMYK, a picture that is too large, damaged or cut off.
Picture decode(std::string_view file, const DecodeOptions& options, std::vector<uint8_t>& room);

}  // namespace nce::data
