#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace nce::data {

/// "crop,flip" -> {"crop", "flip"}.
inline std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(between, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// The number that a name ends with: "2" of "blur2". Mostly empty.
inline std::string number_of(const std::string& name) {
  return name.substr(name.find_last_not_of("0123456789") + 1);
}

}  // namespace nce::data
