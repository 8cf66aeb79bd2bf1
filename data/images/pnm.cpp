#include "nce/data/images/pnm.h"

#include <algorithm>
#include <cctype>

#include "nce/core/error.h"

namespace nce::data {

bool is_pnm(std::string_view file) {
  return file.size() > 2 && file[0] == 'P' && (file[1] == '5' || file[1] == '6') && std::isspace(uint8_t(file[2]));
}

PnmHeader read_pnm_header(std::string_view file) {
  size_t at = 2;
  const auto number = [&](int64_t most) {
    while (at < file.size() && (std::isspace(uint8_t(file[at])) || file[at] == '#'))
      at = file[at] == '#' ? std::min(file.find('\n', at), file.size()) : at + 1;
    int64_t value = 0;
    const size_t first = at;
    for (; at < file.size() && std::isdigit(uint8_t(file[at])) && value <= most; ++at)
      value = 10 * value + (file[at] - '0');
    check(at > first && value >= 1 && value <= most, "damaged: its header at byte {} has no number in 1 .. {}",
          first, most);
    return int(value);
  };
  PnmHeader header{.channels = file[1] == '5' ? 1 : 3};
  header.width = number(1 << 20), header.height = number(1 << 20), header.largest = number(65535);
  header.begin = at + 1;  // one space
  return header;
}

void decode_pnm(std::string_view file, const PnmHeader& header, std::vector<uint8_t>& out) {
  const int64_t values = int64_t(header.height) * header.width * header.channels,
                wide = header.largest > 255 ? 2 : 1;
  check(int64_t(file.size()) >= int64_t(header.begin) + values * wide, "ends too early: the file is cut off");
  out.resize(size_t(values));
  const char* from = file.data() + header.begin;
  for (int64_t i = 0; i < values; ++i) {
    const int value = wide == 2 ? uint8_t(from[2 * i]) * 256 + uint8_t(from[2 * i + 1]) : uint8_t(from[i]);
    out[size_t(i)] =
        uint8_t((int64_t(std::min(value, header.largest)) * 255 + header.largest / 2) / header.largest);
  }
}

}  // namespace nce::data
