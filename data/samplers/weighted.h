#pragma once
#include <filesystem>

#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// PyTorch's WeightedRandomSampler: draws as many items as there are, with replacement. The probability of an item is
/// proportional to its weight.
struct WeightedRandomSampler {
  /// One for each item. Empty: 1 over the size of the item's class, so that all classes occur equally often.
  std::vector<double> weights = {};

  /// Errors: another number of weights than of items; a weight that is negative, infinite or not a number; all 0; no
  /// weights and no labels.
  std::vector<int> operator()(const Population& all, Random& random) const;
};

/// Weights from a text file, one on each line. Errors name the line.
std::vector<double> read_weights(const std::filesystem::path& file);

}  // namespace nce::data
