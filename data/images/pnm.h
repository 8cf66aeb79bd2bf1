#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace nce::data {

// Binary PGM (P5) and PPM (P6), as in netpbm's manual. Not by stb_image: it reads 16 bits in the wrong order, and takes
// every largest value for 255.

struct PnmHeader {
  int height = 0, width = 0, channels = 0;
  int largest = 0;   ///< The value of white, 1 .. 65535. Above 255 a value has two bytes, the higher one first.
  size_t begin = 0;  ///< Where the pixels are.
};

bool is_pnm(std::string_view file);
/// Errors: a header that is not whole.
PnmHeader read_pnm_header(std::string_view file);
/// Writes (height, width, channels) bytes. Errors, before memory is taken: the file has fewer bytes.
void decode_pnm(std::string_view file, const PnmHeader& header, std::vector<uint8_t>& out);

}  // namespace nce::data
