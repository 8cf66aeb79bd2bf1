#include <fmt/format.h>

#include <limits>

#include "nce/losses/theory/each_pair.h"

namespace nce::losses {
namespace {

/// sum_j (pi_j - a q_j) s_ij, with a = 1, or a = 1 - 1/n if the positive is in the mean of the n negatives, too.
class Linear final : public EachPair {
 public:
  explicit Linear(bool positive_in_mean) : positive_in_mean_(positive_in_mean) {}
  std::string name() const override {
    return positive_in_mean_ ? "simple_contrastive (positive in the mean)" : "simple_contrastive";
  }
  bool has_target() const override { return false; }
  double at(double, double) const override { return std::numeric_limits<double>::quiet_NaN(); }
  Reach reach(const Joint& joint, int64_t batch) const override {
    return {.outcome = Outcome::linear,
            .slope = std::vector<double>(size_t(joint.states())),
            .text = fmt::format(
                "The loss is linear in the logits: it has no target. Every logit runs to its bound, up where {0} > "
                "c2 and down where {0} < c2.",
                positive_in_mean_ ? fmt::format("{:.4g} c1", pull(double(negatives(batch)))) : "c1")};
  }

 private:
  double pull(double negatives) const { return positive_in_mean_ ? 1 - 1 / negatives : 1; }
  Term expected(double q, double pi, double negatives, double s) const override {
    const double slope = pi - pull(negatives) * q;
    return {slope * s, slope, 0};
  }

  bool positive_in_mean_;
};

}  // namespace

std::unique_ptr<Target> linear_target(bool positive_in_mean) { return std::make_unique<Linear>(positive_in_mean); }

}  // namespace nce::losses
