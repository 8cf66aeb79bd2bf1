#include "nce/losses/theory/each_pair.h"

#include <fmt/format.h>

namespace nce::losses {
namespace {

/// sum_j -2 q_j s_ij + pi_j s_ij^2
class Spectral final : public EachPair {
 public:
  explicit Spectral(bool normalised) : normalised_(normalised) {}
  std::string name() const override {
    return normalised_ ? "spectral_contrastive" : "spectral_contrastive, free lengths";
  }
  double at(double ratio, double) const override { return ratio; }

  double logit(double cosine, double temperature) const override {
    return normalised_ ? cosine / temperature : cosine;
  }
  double logit_slope(double, double temperature) const override { return normalised_ ? 1 / temperature : 1; }
  bool bounds_logits() const override { return normalised_; }
  std::vector<Setting> at_level(double level) const override {
    return {{"temperature", fmt::format("{}", 1 / level)}};
  }

 private:
  Term expected(double q, double pi, double, double s) const override {
    return {pi * s * s - 2 * q * s, 2 * pi * s - 2 * q, 2 * pi};
  }

  bool normalised_;
};

}  // namespace

std::unique_ptr<Target> spectral_target(bool normalised) { return std::make_unique<Spectral>(normalised); }

}  // namespace nce::losses
