#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nce::cli {

/// The bytes of a PNG file of (height, width, 3) pixels. Empty where there are too many for one.
std::string png(const std::vector<uint8_t>& pixels, int height, int width);

/// Bytes as text (RFC 4648), for data URIs.
std::string base64(const std::string& bytes);
/// What `base64` made, as bytes. An error: the text is something else.
std::string from_base64(const std::string& text);

}  // namespace nce::cli
