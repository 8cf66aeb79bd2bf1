#include <limits>

#include "nce/losses/theory/each_pair.h"

namespace nce::losses {
namespace {

/// sum_j (pi_j - q_j) s_ij
class Linear final : public EachPair {
 public:
  std::string name() const override { return "simple_contrastive"; }
  bool has_target() const override { return false; }
  double at(double, double) const override { return std::numeric_limits<double>::quiet_NaN(); }
  Reach reach(const Joint& joint, int64_t) const override {
    return {.outcome = Outcome::linear,
            .slope = std::vector<double>(size_t(joint.states())),
            .text =
                "The loss is linear in the logits: it has no target. Every logit runs to its bound, up where c1 > "
                "c2 and down where c1 < c2."};
  }

 private:
  Term expected(double q, double pi, double, double s) const override { return {(pi - q) * s, pi - q, 0}; }
};

}  // namespace

std::unique_ptr<Target> linear_target() { return std::make_unique<Linear>(); }

}  // namespace nce::losses
