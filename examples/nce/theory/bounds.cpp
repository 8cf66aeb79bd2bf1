#include "theory/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nce/losses/theory/free_logits.h"

namespace nce::cli {

using losses::Joint;
using losses::StateMatrix;

namespace {

constexpr int kDescentSteps = 50000, kAdamSteps = 4000;
constexpr double kStill = 1e-12, kAdamRate = 0.02;

// The derivative by a bias of all logits: c2 sums to one, so this is per occurrence too.
double sum_of(const StateMatrix& g) {
  double sum = 0;
  for (const double value : g.values) sum += value;
  return sum;
}

StateMatrix plus(StateMatrix s, double bias) {
  for (double& value : s.values) value += bias;
  return s;
}

// Projected descent, each logit by its derivative per occurrence of the pair.
StateMatrix in_interval(const Joint& joint, const TheoryLoss& loss, int64_t batch, bool fixed_diagonal) {
  const int k = joint.states();
  const double infinity = std::numeric_limits<double>::infinity();
  const bool bounded = loss.target->bounds_logits();
  const double low = bounded ? loss.logit(-1) : -infinity;
  const double high = bounded ? loss.logit(1) : infinity;
  // A step that no curvature makes unstable: per occurrence that of a softmax is at most 1 / min pi.
  const double rarest = *std::min_element(joint.pi.begin(), joint.pi.end());
  const double step = 1 / std::max(4.0, 1 / std::max(rarest, 1e-3));
  StateMatrix s = losses::state_matrix(k, std::clamp(0.0, low, high));
  for (int i = 0; fixed_diagonal && i < k; ++i) s(i, i) = high;
  const auto first_bias = loss.target->first_bias(batch, loss.temperature);
  double bias = first_bias.value_or(0);
  for (int round = 0; round < kDescentSteps; ++round) {
    const StateMatrix g = losses::expected_gradient(joint, *loss.target, batch, plus(s, bias));
    double moved = 0;
    for (int i = 0; i < k; ++i)
      for (int j = i; j < k; ++j) {
        if ((fixed_diagonal && i == j) || joint.c2(i, j) == 0) continue;
        const double velocity = -(g(i, j) + g(j, i)) / (2 * joint.c2(i, j));
        const double next = std::clamp(s(i, j) + step * velocity, low, high);
        moved = std::max(moved, std::abs(next - s(i, j)));
        s(i, j) = s(j, i) = next;
      }
    if (first_bias) bias -= step * sum_of(g);
    if (moved < kStill) break;
  }
  return plus(s, bias);
}

// Adam on one vector a state, of which the loss sees the directions (with `free_lengths` all).
class Vectors {
 public:
  Vectors(const Joint& joint, const TheoryLoss& loss, int64_t batch, int64_t dim, Key key)
      : joint_(joint),
        loss_(loss),
        batch_(batch),
        k_(size_t(joint.states())),
        d_(size_t(dim)),
        x_(k_ * d_),
        u_(k_ * d_),
        lengths_(k_, 1),
        first_(k_ * d_ + 1),
        second_(k_ * d_ + 1),
        bounded_(loss.target->bounds_logits()),
        has_bias_(loss.target->first_bias(batch, loss.temperature).has_value()),
        bias_(loss.target->first_bias(batch, loss.temperature).value_or(0)),
        cosines_(losses::state_matrix(joint.states())) {
    Random random(key);
    for (double& value : x_) value = double(random.normal()) / std::sqrt(double(d_));
  }

  StateMatrix descend() {
    for (int t = 1; t <= kAdamSteps; ++t) step(t);
    return logits();
  }

 private:
  StateMatrix logits() {
    for (size_t i = 0; i < k_; ++i) {
      double square = 0;
      for (size_t c = 0; c < d_; ++c) square += x_[i * d_ + c] * x_[i * d_ + c];
      if (bounded_) lengths_[i] = std::sqrt(square);
      for (size_t c = 0; c < d_; ++c) u_[i * d_ + c] = x_[i * d_ + c] / lengths_[i];
    }
    StateMatrix s = losses::state_matrix(joint_.states());
    for (size_t e = 0; e < k_ * k_; ++e) {
      double dot = 0;
      for (size_t c = 0; c < d_; ++c) dot += u_[e / k_ * d_ + c] * u_[e % k_ * d_ + c];
      cosines_.values[e] = dot;
      s.values[e] = loss_.logit(dot) + bias_;
    }
    return s;
  }

  void step(int t) {
    StateMatrix g = losses::expected_gradient(joint_, *loss_.target, batch_, logits());
    const double by_bias = sum_of(g);
    for (size_t e = 0; e < k_ * k_; ++e)
      g.values[e] *= loss_.target->logit_slope(cosines_.values[e], loss_.temperature);
    const double rate = kAdamRate * (1 + std::cos(std::numbers::pi * double(t - 1) / kAdamSteps)) / 2;
    const auto adam = [&](size_t at, double gradient) {
      first_[at] = 0.9 * first_[at] + 0.1 * gradient;
      second_[at] = 0.999 * second_[at] + 0.001 * gradient * gradient;
      const double m = first_[at] / (1 - std::pow(0.9, t)), v = second_[at] / (1 - std::pow(0.999, t));
      return rate * m / (std::sqrt(v) + 1e-12);
    };
    std::vector<double> du(d_);
    for (size_t i = 0; i < k_; ++i) {
      std::fill(du.begin(), du.end(), 0.0);
      for (size_t j = 0; j < k_; ++j) {
        const double weight = g(int(i), int(j)) + g(int(j), int(i));
        for (size_t c = 0; c < d_; ++c) du[c] += weight * u_[j * d_ + c];
      }
      double along = 0;  // turns a vector, does not change its length
      if (bounded_)
        for (size_t c = 0; c < d_; ++c) along += du[c] * u_[i * d_ + c];
      for (size_t c = 0; c < d_; ++c)
        x_[i * d_ + c] -= adam(i * d_ + c, (du[c] - along * u_[i * d_ + c]) / lengths_[i]);
    }
    if (has_bias_) bias_ -= adam(k_ * d_, by_bias);
  }

  const Joint& joint_;
  const TheoryLoss& loss_;
  int64_t batch_;
  size_t k_, d_;
  std::vector<double> x_, u_, lengths_, first_, second_;
  bool bounded_, has_bias_;
  double bias_;
  StateMatrix cosines_;
};

}  // namespace

StateMatrix bounded_logits(const Joint& joint, const TheoryLoss& loss, int64_t batch, Bound bound, int64_t dim,
                           Key key) {
  if (bound == Bound::vectors) return Vectors(joint, loss, batch, dim, key).descend();
  return in_interval(joint, loss, batch, bound == Bound::diagonal && loss.target->bounds_logits());
}

}  // namespace nce::cli
