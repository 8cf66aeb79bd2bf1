#include "nce/losses/theory/target.h"

#include <cmath>
#include <limits>

#include "nce/core/error.h"

namespace nce::losses {
namespace {

constexpr double kRounding = 1e-9;

void check_batch(int64_t batch) {
  check(batch >= 2, "target: a batch of at least 2 pairs is needed, got {}", batch);
}

}  // namespace

int64_t Target::negatives(int64_t batch) const {
  return (negatives_from() == NegativesFrom::both_views ? 2 : 1) * (batch - 1);
}

StateMatrix Target::target(const Joint& joint, int64_t batch) const {
  check_batch(batch);
  check(has_target(), "target: {} has none", name());
  StateMatrix target = joint.ratio();
  for (double& r : target.values) r = at(r, double(negatives(batch)));
  return target;
}

double Target::mean_positive(const Tensor&, const Tensor&, double, double) const {
  fail("{}: it has no probability of the positive", name());
}

double Target::shown(double read_out, int64_t batch) const {
  return depends_on_batch() ? read_out * double(negatives(batch)) : read_out;
}

Reach Target::reach(const Joint& joint, int64_t batch) const {
  check_batch(batch);
  const int k = joint.states();
  const double n = double(negatives(batch));
  const StateMatrix ratio = joint.ratio();
  Reach reach{.slope = std::vector<double>(size_t(k)), .shape = ratio, .text = "Free logits reach the target."};
  for (const int i : joint.seen()) {
    double slope = drift_slope(joint, ratio, i, n);
    if (std::abs(slope) <= kRounding) slope = 0;
    reach.slope[size_t(i)] = slope * joint.pi[size_t(i)];
    for (int j = 0; j < k; ++j) {
      const double r = ratio(i, j), settled = settled_at(r, n, slope);
      reach.shape(i, j) = settled;
      const bool has_logit = depends_on_batch() ? n * settled > 1e-12 : !std::isinf(settled);
      if (!std::isnan(r) && !has_logit && (reach.row < 0 || r < ratio(reach.row, reach.column)))
        reach.row = i, reach.column = j;
    }
  }
  if (reach.row < 0) return reach;
  reach.outcome = Outcome::pushes_apart, reach.shape = {};
  reach.text =
      fmt::format("For states {} and {} (c1/c2 = {:.4g}) the target asks for {}: their logit falls without end.",
                  joint.name(reach.row), joint.name(reach.column), ratio(reach.row, reach.column),
                  depends_on_batch() ? "a probability of 0 or less" : "a logit of -inf");
  return reach;
}

}  // namespace nce::losses
