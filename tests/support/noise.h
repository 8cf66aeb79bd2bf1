#pragma once
#include <cstdint>
#include <vector>

#include "nce/core/random.h"
#include "nce/data/dataset.h"
#include "nce/data/views/pipeline.h"

namespace nce::test {

/// Ten images of random bytes, all with label 1 of two.
inline data::InMemoryDataset noise(int channels, int height = 9, int width = 8) {
  data::InMemoryDataset set(
      {.name = "noise", .height = height, .width = width, .channels = channels, .classes = 2});
  Random random{Key(3)};
  for (int64_t i = 0; i < 10 * set.image_bytes(); ++i) set.images.push_back(uint8_t(random.below(256)));
  set.labels.assign(10, 1);
  return set;
}

/// The values of a view of image i, 0 .. 1.
inline std::vector<float> view_of(const data::Dataset& set, int i, const data::Pipeline& views, Key key) {
  std::vector<float> out(size_t(views.height(set)) * size_t(views.width(set)) * size_t(set.channels));
  data::augment(set, i, {}, views, key, out.data());
  return out;
}

}  // namespace nce::test
