#pragma once
#include <string>
#include <vector>

#include "nce/core/random.h"
#include "nce/data/dataset.h"
#include "support/files.h"

/// Data sets as files of the IDX form.
namespace nce::test {

inline std::string idx(const std::vector<int64_t>& sizes, const std::string& values) {
  std::string bytes{0, 0, 8, char(sizes.size())};
  for (const int64_t size : sizes) bytes += {char(size >> 24), char(size >> 16), char(size >> 8), char(size)};
  return bytes + values;
}

/// 12 x 12 images of 4 classes: noise, and a bright square whose corner is the label. Labels are in order.
inline data::InMemoryDataset squares(int count, int channels = 1, bool bright = true) {
  data::InMemoryDataset set({.name = "squares", .height = 12, .width = 12, .channels = channels, .classes = 4});
  Random random{Key(uint64_t(count))};
  for (int i = 0; i < count; ++i) {
    const int label = 4 * i / count;
    set.labels.push_back(label);
    for (int y = 0; y < 12; ++y)
      for (int x = 0; x < 12; ++x) {
        const bool inside = bright && y / 6 == label / 2 && x / 6 == label % 2;
        const auto value = uint8_t(random.below(60) + (inside ? 150 : 0));
        set.images.insert(set.images.end(), size_t(channels), value);
      }
  }
  return set;
}

/// The two files of a split, "train" or "t10k".
inline void write_idx(const TemporaryFolder& folder, const std::string& below, const std::string& split,
                      const data::InMemoryDataset& set) {
  std::vector<int64_t> sizes{set.size(), set.height, set.width};
  if (set.channels > 1) sizes.push_back(set.channels);
  const auto name = [&](const char* what, size_t dimensions) {
    return below + "/" + split + "-" + what + "-idx" + std::to_string(dimensions) + "-ubyte";
  };
  folder.write(name("images", sizes.size()), idx(sizes, {set.images.begin(), set.images.end()}));
  folder.write(name("labels", 1), idx({set.size()}, {set.labels.begin(), set.labels.end()}));
}

}  // namespace nce::test
