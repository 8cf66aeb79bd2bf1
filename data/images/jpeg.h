#pragma once
#include <string_view>

namespace nce::data {

/// Whether stb_image would read it as a JPEG file.
bool is_jpeg(std::string_view file);

/// The colour components of a JPEG file: 1 grey, 3 colour, 4 CMYK; 0: not found. By its markers (ITU-T T.81, annex B).
///
/// Errors: a Huffman table with too many codes. (stb_image 2.27 would write behind the end of its own table.)
int components_of_jpeg(std::string_view file);

}  // namespace nce::data
