#include <fmt/format.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/losses/theory/divergence.h"
#include "nce/losses/theory/each_pair.h"

namespace nce::losses {
namespace {

/// sum_j -q_j s_ij + a pi_j f*(s_ij). A logit is s = f'(G), with the kernel G = mu exp((cos - 1) / temperature). At the
/// target, the mean of G over negatives is c1 / (a c2).
class DivergenceTarget final : public EachPair {
 public:
  DivergenceTarget(Divergence divergence, double weight, double mu, NegativesFrom negatives)
      : f_(std::move(divergence)), weight_(weight), mu_(mu), negatives_(negatives) {}
  std::string name() const override { return fmt::format("f_micl ({})", f_.name); }
  NegativesFrom negatives_from() const override { return negatives_; }
  double at(double ratio, double) const override { return f_.slope(ratio / weight_); }
  double first_logit() const override { return f_.slope(1); }

  void read_out(std::span<double> s, int64_t, int64_t, double temperature, double) const override {
    for (double& value : s) value = mu_ * std::exp(value - 1 / temperature);
  }
  double from_mean(double kernel) const override { return f_.slope(kernel); }

  double logit(double cosine, double temperature) const override { return f_.slope(kernel(cosine, temperature)); }
  // d f'(G) / d cos = f''(G) dG / d cos, and f''(G) = 1 / f*''(f'(G)).
  double logit_slope(double cosine, double temperature) const override {
    return kernel(cosine, temperature) / temperature / f_.conjugate_curvature(logit(cosine, temperature));
  }
  std::vector<Setting> at_level(double level) const override {
    return {{"mu", fmt::format("{}", level / weight_)}};
  }
  double shown(double logit, int64_t) const override { return weight_ * f_.conjugate_slope(logit); }
  std::string shown_name() const override { return "a G"; }

 private:
  Term expected(double q, double pi, double, double s) const override {
    return {weight_ * pi * f_.conjugate(s) - q * s, weight_ * pi * f_.conjugate_slope(s) - q,
            weight_ * pi * f_.conjugate_curvature(s)};
  }
  double kernel(double cosine, double temperature) const { return mu_ * std::exp((cosine - 1) / temperature); }

  Divergence f_;
  double weight_, mu_;
  NegativesFrom negatives_;
};

}  // namespace

std::unique_ptr<Target> divergence_target(const std::string& divergence, double order, double weight, double mu,
                                          NegativesFrom negatives) {
  check(weight > 0, "target: the weight of the negatives must be positive, got {}", weight);
  check(order > 1, "target: the order of the Tsallis divergence must be above 1, got {}", order);
  return std::make_unique<DivergenceTarget>(divergences(order).find(divergence), weight, mu, negatives);
}

}  // namespace nce::losses
