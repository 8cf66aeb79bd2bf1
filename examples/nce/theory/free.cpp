#include "theory/free.h"

#include <algorithm>
#include <cmath>

namespace nce::cli {
namespace {

FreeLoss::Drift drift_of(const losses::Joint& joint, const losses::FreeLogits& result) {
  FreeLoss::Drift drift;
  for (size_t i = 0; i < result.drift.size(); ++i) {
    const double predicted = -result.reach.slope[i] / joint.pi[i];
    if (std::abs(predicted) > std::abs(drift.predicted)) drift = {result.drift[i], predicted};
  }
  if (drift.predicted == 0)
    for (const double measured : result.drift)
      if (std::abs(measured) > std::abs(drift.measured)) drift.measured = measured;
  return drift;
}

}  // namespace

std::vector<FreeLoss> free_losses(const TheorySettings& settings, const losses::Joint& joint) {
  const std::vector<int64_t> batches = settings.batch.empty() ? std::vector<int64_t>{10, 1000} : settings.batch;
  std::vector<FreeLoss> rows;
  for (const TheoryLoss& loss : theory_losses(settings))
    for (const int64_t batch : loss.target->depends_on_batch() ? batches : std::vector<int64_t>{0}) {
      const auto result = losses::descend(joint, *loss.target, std::max<int64_t>(batch, 2));
      rows.push_back({loss, batch, result, drift_of(joint, result)});
    }
  return rows;
}

}  // namespace nce::cli
