#include <cmath>

#include "nce/core/ops.h"
#include "nce/losses/engine/similarity.h"
#include "nce/losses/theory/each_pair.h"

namespace nce::losses {
namespace {

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// sum_j q_j softplus(-s_ij) + n pi_j softplus(s_ij)
class Sigmoid final : public EachPair {
 public:
  std::string name() const override { return "sig_lip"; }
  PairsOf pairs() const override { return PairsOf::all; }
  bool depends_on_batch() const override { return true; }
  double at(double ratio, double negatives) const override { return ratio / (ratio + negatives); }
  /// With this weight, the speed is that of sigma relative to its target.
  double weight(double q, double pi, double negatives) const override { return q > 0 ? q : negatives * pi; }

  void read_out(std::span<double> s, int64_t, int64_t, double, double bias) const override {
    for (double& value : s) value = 1 / (1 + std::exp(-value - bias));
  }
  const char* positive_name() const override { return "probability of the positive"; }
  double mean_positive(const Tensor& z1, const Tensor& z2, double temperature, double bias) const override {
    return mean(nce::sigmoid(paired(z1, z2) * (1 / temperature) + bias)).item();
  }

  std::optional<double> first_bias(int64_t batch, double temperature) const override {
    return -std::log(double(negatives(batch))) - logit(1, temperature);
  }
  std::string shown_name() const override { return "sigma (B - 1)"; }

 private:
  Term expected(double q, double pi, double n, double s) const override {
    const double sigma = sigmoid(s);
    return {q * softplus(-s) + n * pi * softplus(s), n * pi * sigma - q * sigmoid(-s),
            (q + n * pi) * sigma * sigmoid(-s)};
  }
  double of_logit(double s) const override { return sigmoid(s); }
};

}  // namespace

std::unique_ptr<Target> sigmoid_target() { return std::make_unique<Sigmoid>(); }

}  // namespace nce::losses
