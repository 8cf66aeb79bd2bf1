#pragma once
#include <filesystem>

#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// PyTorch's WeightedRandomSampler: as many items as there are, each drawn with replacement, with a probability in
/// proportion to its weight.
struct WeightedRandomSampler {
  /// One an item. Empty: 1 over the size of the item's class, so that all classes come equally often.
  std::vector<double> weights = {};

  /// Errors: another number of weights than of items; a weight that is negative, infinite or not a number; all 0; no
  /// weights and no labels.
  std::vector<int> operator()(const Population& all, Random& random) const;
};

/// Weights from a text file, one a line. Errors name the line.
std::vector<double> read_weights(const std::filesystem::path& file);

}  // namespace nce::data
