#include "nce/data/dataset.h"

#include "nce/core/error.h"

namespace nce::data {

void validate(const Dataset& data) {
  check(data.size() > 0 && data.image_bytes() > 0, "{}: a data set without images", data.name);
  check(int64_t(data.images.size()) == data.size() * data.image_bytes(),
        "{}: {} labels ask for {} bytes of images; there are {}", data.name, data.size(),
        data.size() * data.image_bytes(), data.images.size());
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
