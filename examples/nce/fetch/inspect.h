#pragma once
#include <cstdint>
#include <vector>

#include "nce/data/dataset.h"
#include "nce/data/normalise.h"

namespace nce::cli {

/// Two images with the same bytes. `first` is of the first set, or the earlier one of the same set.
struct Double {
  int64_t image, first;
};

/// What can be said of a set of images without knowing what it shows.
struct Inspection {
  std::vector<int64_t> counts;         ///< Images of each label.
  data::Normalisation pixels;          ///< Mean and standard deviation of each channel, 0 .. 1.
  std::vector<uint64_t> digests = {};  ///< Of each image.
  std::vector<Double> doubles = {};    ///< Images that are there before, ascending.
};

/// Looks at every image of a set that is not empty.
Inspection inspect(const data::Dataset& data);

/// Images of `second` that are in `first` too, ascending.
std::vector<Double> in_both(const Inspection& first, const Inspection& second);

}  // namespace nce::cli
