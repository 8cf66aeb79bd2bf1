#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nce/core/random.h"
#include "support/files.h"
#include "support/paths.h"

namespace nce::test {

/// Damages bytes in one to four places, the same way for the same key.
inline std::string mutated(std::string bytes, const std::string& other, Key key) {
  static const std::string kTexts[] = {
      "-1",       "0",  "nan", "1e999", "99999999999999999999", "\n", "\xff\xff\xff\xff", std::string(8, '\0'),
      "[[[[[[[[", "\"", ",",   " "};
  Random random(key);
  const auto place = [&](size_t size) { return size_t(random.below(uint32_t(size + 1))); };
  for (uint32_t left = 1 + random.below(4); left > 0; --left) {
    const size_t at = place(bytes.size()), length = std::min(place(16), bytes.size() - at);
    switch (random.below(7)) {
      case 0:
        if (at < bytes.size()) bytes[at] = char(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = char(random.below(256));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 4:
        bytes.replace(at, length, kTexts[random.below(uint32_t(std::size(kTexts)))]);
        break;
      case 5:
        bytes.resize(at);
        break;
      case 6:
        bytes = bytes.substr(0, at) + other.substr(place(other.size()));
        break;
    }
  }
  return bytes;
}

/// Runs a target on each file of its corpus and on `mutations` of them.
inline void replay(const std::string& name, void (*target)(std::string_view), int mutations = 2000) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "tests/fuzz/corpus" / name))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  REQUIRE(!paths.empty());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    INFO(path.string());
    seeds.push_back(read_file(path));
    target(seeds.back());
  }
  for (int i = 0; i < mutations; ++i) {
    INFO("mutation ", i);
    const size_t first = size_t(i) % seeds.size(), second = size_t(i) / seeds.size() % seeds.size();
    target(mutated(seeds[first], seeds[second], Key(uint64_t(i))));
  }
}

}  // namespace nce::test
