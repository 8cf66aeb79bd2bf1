#include "nce/data/dataset.h"

#include <algorithm>

#include "nce/core/error.h"
#include "nce/data/image_name.h"
#include "nce/data/images/resize.h"

namespace nce::data {

Picture Dataset::whole(int64_t i, std::vector<uint8_t>& room) const try {
  const Picture found = picture(i, room);
  check(found.channels == channels, "it has {} channels, the set {}", found.channels, channels);
  check(int64_t(found.pixels.size()) == int64_t(found.height) * found.width * found.channels,
        "{} x {} x {} are {} bytes, not {}", found.height, found.width, found.channels,
        int64_t(found.height) * found.width * found.channels, found.pixels.size());
  return found;
} catch (const std::exception& error) { fail("{}: {}", image_name(*this, i), error.what()); }

Picture Dataset::image(int64_t i, std::vector<uint8_t>& room) const {
  return fit(whole(i, room), resize_mode, height, width, room);
}

// Images come in random order. At most 4 K bytes, so as not to evict the cache.
void InMemoryDataset::prefetch(int64_t i) const {
  const uint8_t* bytes = image(i).data();
  for (int64_t at = 0; at < std::min<int64_t>(image_bytes(), 1 << 12); at += 64) __builtin_prefetch(bytes + at, 0);
}

void InMemoryDataset::check_whole() const {
  check(int64_t(images.size()) == size() * image_bytes(), "{}: {} labels ask for {} bytes of images; there are {}",
        name, size(), size() * image_bytes(), images.size());
}

void validate(const Dataset& data) {
  check(data.size() > 0 && data.image_bytes() > 0, "{}: a data set without images", data.name);
  data.check_whole();
  for (size_t i = 0; i < data.labels.size(); ++i)
    check(data.labels[i] >= 0 && data.labels[i] < data.classes, "{}: label {} of image {} is outside 0 .. {}",
          data.name, data.labels[i], i, data.classes - 1);
}

void validate_pair(const Dataset& train, const Dataset& test) {
  const auto facts = [](const Dataset& d) {
    return fmt::format("{} x {} x {}, labels 0 .. {}", d.height, d.width, d.channels, d.classes - 1);
  };
  const auto named = [](const Dataset& d, const char* split) {
    return d.source.empty() ? fmt::format("{} {}", d.name, split) : d.source;
  };
  check(facts(train) == facts(test), "{}: the test images ({}) do not fit the training images ({}) of {}",
        named(test, "test"), facts(test), facts(train), named(train, "train"));
}

}  // namespace nce::data
