#pragma once
#include "nce/core/options.h"
#include "nce/data/samplers/sampler.h"

namespace nce::data {

/// pytorch-metric-learning's MPerClassSampler: each batch holds `m` items of each of batch / m classes, drawn anew for
/// each batch. For losses that need items of one class side by side: sup_con, triplet.
///
/// A class gives its items in a shuffled order of the epoch and starts again after the last, so a rare class comes as
/// often as a common one. An epoch has as many whole batches as the data would fill.
struct MPerClassSampler {
  int64_t m = 4;

  void fields(Options& o) { o.integer("m", m, "examples of each class in a batch", {.least = 1}); }
  /// Errors: no labels, a batch that m does not divide, a batch that needs more classes than there are.
  std::vector<int> operator()(const Population& all, Random& random) const;
};

}  // namespace nce::data
