#pragma once
#include "nce/core/random.h"
#include "nce/data/normalise.h"

namespace nce::bench {

/// Random images of CIFAR's size, (images, 32, 32, 3).
inline data::InMemoryDataset noise_images(int images) {
  data::InMemoryDataset set({.name = "noise", .height = 32, .width = 32, .channels = 3, .classes = 1});
  set.images.resize(size_t(images * set.image_bytes()));
  Random random{Key(1)};
  for (uint8_t& byte : set.images) byte = uint8_t(random.bits());
  set.labels.assign(size_t(images), 0);
  return set;
}

/// CIFAR-10's statistics.
inline const data::Normalisation kCifar10{.mean = {0.49f, 0.48f, 0.45f}, .std = {0.25f, 0.24f, 0.26f}};

}  // namespace nce::bench
