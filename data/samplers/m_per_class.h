#pragma once
#include "nce/core/options.h"
#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// pytorch-metric-learning's MPerClassSampler: each batch draws batch / m classes, and has `m` items of each. For
/// losses that need several items of a class: sup_con, triplet.
///
/// The items of a class come in a shuffled order, and start again after the last. So a rare class occurs as often as a
/// common one. The number of batches is that of whole batches in the data.
struct MPerClassSampler {
  int64_t m = 4;

  void fields(Options& o) { o.integer("m", m, "examples of each class in a batch", {.least = 1}); }
  /// Errors: no labels, a batch that m does not divide, a batch that needs more classes than there are.
  std::vector<int> operator()(const Population& all, Random& random) const;
};

}  // namespace nce::data
