#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "nce/data/dataset.h"

namespace nce::data {

/// How transparent pixels are decoded: in front of white; or with the colour that the file has for them.
enum class Alpha { white, ignore };

struct DecodeOptions {
  int channels =
      0;  ///< 1: grey; 3: colour, also of a grey picture; 0: as the file has it. Colour never becomes grey.
  Alpha alpha = Alpha::white;
  int64_t most_pixels = int64_t(1) << 27;  ///< More is an error before decoding: 400 MB of colour.
};

/// Whether a picture has colours, by its header. False for files of other formats. Errors: CMYK, a damaged JPEG file.
bool is_colour(std::string_view file);

/// Decodes a JPEG, PNG, BMP, GIF (its first frame), PGM or PPM file into `room`: (height, width, 1 or 3), turned
/// upright by its EXIF data. 16 bits become 8. The size in the header must fit `most_pixels` and the length of the
/// file. It then limits the memory.
///
/// Errors, without the file's name: another format, CMYK, a picture that is too large, damaged or cut off.
Picture decode(std::string_view file, const DecodeOptions& options, std::vector<uint8_t>& room);

}  // namespace nce::data
