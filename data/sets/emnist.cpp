#include "nce/data/sets/emnist.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/data/sets/class_names.h"
#include "nce/data/sets/idx.h"

namespace nce::data {
namespace {

struct Part {
  const char* split;
  int64_t train, test;  // images
  const char* classes;  // a character each
};

// In bymerge and balanced, letters that look alike in both cases are one class.
constexpr const char *kDigits = "0123456789", *kMerged = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt",
                     *kAll = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                     *kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr Part kParts[] = {{"byclass", 697932, 116323, kAll},    {"bymerge", 697932, 116323, kMerged},
                           {"balanced", 112800, 18800, kMerged}, {"letters", 124800, 20800, kLetters},
                           {"digits", 240000, 40000, kDigits},   {"mnist", 60000, 10000, kDigits}};

void turn_upright(InMemoryDataset& data) {
  const int h = data.width, w = data.height;
  std::vector<uint8_t> image(size_t(data.image_bytes()));
  for (int64_t i = 0; i < data.size(); ++i) {
    uint8_t* const at = data.images.data() + i * data.image_bytes();
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) image[size_t(y * w + x)] = at[x * h + y];
    std::copy(image.begin(), image.end(), at);
  }
  data.height = h, data.width = w;
}

}  // namespace

Splits Emnist::load(const std::filesystem::path& root) const {
  const auto set = std::find_if(std::begin(kParts), std::end(kParts),
                                [&](const Part& part) { return part.split == emnist_split; });
  check(set != std::end(kParts), "emnist: none of its sets is called '{}'", emnist_split);
  std::vector<std::string> names = class_names::characters(set->classes);
  if (emnist_split == "letters") names.insert(names.begin(), "N/A");  // no image has label 0
  const std::filesystem::path raw = root / "EMNIST/raw", unpacked = raw / "gzip";
  check(is_folder(raw), "emnist: no folder {}; the root must be the folder that holds EMNIST/raw", raw.string());
  const auto one = [&](const char* split, int64_t images) {
    auto data = std::make_shared<InMemoryDataset>(idx_pair("emnist", is_folder(unpacked) ? unpacked : raw,
                                                           fmt::format("emnist-{}-{}", emnist_split, split), names,
                                                           images));
    turn_upright(*data);
    return data;
  };
  return {one("train", set->train), one("test", set->test)};
}

}  // namespace nce::data
