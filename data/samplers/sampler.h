#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/core/random.h"

namespace nce::data {

/// What a sampler draws from.
struct Population {
  std::string name;             ///< For errors: "mnist".
  int64_t size = 0;             ///< Items 0 .. size - 1.
  std::span<const int> labels;  ///< One an item; empty where items have none.
  int64_t batch = 1;            ///< The order will be cut into batches of so many items.
};

/// Which items an epoch goes through, in order; one may come twice, another not at all. A pure function of its arguments.
/// Its length does not depend on the random numbers. What cannot be drawn is an error.
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
