#include "theory/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "nce/core/ops.h"
#include "nce/losses/theory/free_logits.h"
#include "nce/nn/optim/adam.h"

namespace nce::cli {

using losses::Joint;
using losses::StateMatrix;

namespace {

constexpr int kDescentSteps = 50000, kAdamSteps = 4000;
constexpr double kStill = 1e-12, kAdamRate = 0.02;

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
    // Of all logits: c2 sums to one, so this is per occurrence too.
    if (first_bias) bias -= step * std::accumulate(g.values.begin(), g.values.end(), 0.);
    if (moved < kStill) break;
  }
  return plus(s, bias);
}

// Adam on one vector a state (K, dim). The loss sees their directions, or all of them where rows keep their lengths.
StateMatrix of_vectors(const Joint& joint, const TheoryLoss& loss, int64_t batch, int64_t dim, Key key) {
  const int64_t k = joint.states();
  std::vector<double> start(static_cast<size_t>(k * dim));
  Random random(key);
  for (double& value : start) value = double(random.normal()) / std::sqrt(double(dim));
  Tensor x = Tensor::from(start, {k, dim}).set_requires_grad(true);
  const auto first_bias = loss.target->first_bias(batch, loss.temperature);
  Tensor bias =
      Tensor::from(std::vector<double>{first_bias.value_or(0)}, {1}).set_requires_grad(first_bias.has_value());
  nn::NamedTensors parameters{{"x", &x}};
  if (first_bias) parameters.emplace_back("bias", &bias);
  nn::Adam adam(parameters, {.lr = kAdamRate, .eps = 1e-12});

  StateMatrix s = losses::state_matrix(int(k));
  for (int step = 0;; ++step) {
    const Tensor u = loss.target->bounds_logits() ? normalize(x) : x, cosines = matmul(u, t(u));
    const std::vector<double> cosine = cosines.to_vector<double>();
    for (size_t e = 0; e < cosine.size(); ++e) s.values[e] = loss.logit(cosine[e]) + bias.item();
    if (step == kAdamSteps) return s;
    StateMatrix g = losses::expected_gradient(joint, *loss.target, batch, s);
    const double by_bias = std::accumulate(g.values.begin(), g.values.end(), 0.);
    for (size_t e = 0; e < cosine.size(); ++e) g.values[e] *= loss.target->logit_slope(cosine[e], loss.temperature);
    adam.zero_grad();
    // A scalar with these derivatives by the cosines and the bias.
    (sum(cosines * Tensor::from(g.values, {k, k})) + sum(bias) * by_bias).backward();
    adam.set_lr(kAdamRate * (1 + std::cos(std::numbers::pi * step / kAdamSteps)) / 2);
    adam.step();
  }
}

}  // namespace

StateMatrix bounded_logits(const Joint& joint, const TheoryLoss& loss, int64_t batch, Bound bound, int64_t dim,
                           Key key) {
  if (bound == Bound::vectors) return of_vectors(joint, loss, batch, dim, key);
  return in_interval(joint, loss, batch, bound == Bound::diagonal && loss.target->bounds_logits());
}

}  // namespace nce::cli
