#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/core/random.h"

namespace nce::data {

/// The items from which a sampler draws.
struct Population {
  std::string name;             ///< For errors: "mnist".
  int64_t size = 0;             ///< Items 0 .. size - 1.
  std::span<const int> labels;  ///< One for each item; empty: no labels.
  int64_t batch = 1;            ///< The order will be cut into batches of so many items.
};

/// The items of an epoch, in order. An item may occur twice, or not at all. A pure function of its arguments. The
/// number of items does not depend on the random numbers. An error if it cannot draw.
using Sampler = std::function<std::vector<int>(const Population&, Random&)>;

/// All items, in the order of the data.
struct SequentialSampler {
  std::vector<int> operator()(const Population& all, Random& random) const;
};
/// All items, shuffled.
struct RandomSampler {
  void fields(Options&) {}
  std::vector<int> operator()(const Population& all, Random& random) const;
};

}  // namespace nce::data
