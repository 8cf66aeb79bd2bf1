#include "nce/losses/theory/states.h"

#include <cmath>
#include <limits>

#include "nce/core/error.h"

namespace nce::losses {
namespace {

void check_probabilities(const double* p, int n, const std::string& what) {
  double sum = 0;
  for (int k = 0; k < n; ++k) {
    check(std::isfinite(p[k]) && p[k] >= 0, "joint_of: {} has {} at {}, not a probability", what, p[k], k);
    sum += p[k];
  }
  check(std::abs(sum - 1) <= 1e-9, "joint_of: {} sums to {:.12g}, not to 1", what, sum);
}

}  // namespace

StateMatrix state_matrix(int states, double value) {
  return {states, std::vector<double>(size_t(states) * size_t(states), value)};
}

std::vector<std::pair<int, int>> state_pairs(int states) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < states; ++i)
    for (int j = 0; j < states; ++j) pairs.emplace_back(i, j);
  return pairs;
}

std::string Joint::name(int state) const { return names.empty() ? std::to_string(state) : names[size_t(state)]; }

std::vector<int> Joint::seen() const {
  std::vector<int> seen;
  for (int i = 0; i < states(); ++i)
    if (pi[size_t(i)] > 0) seen.push_back(i);
  return seen;
}

StateMatrix Joint::ratio() const {
  StateMatrix ratio = state_matrix(states());
  for (size_t e = 0; e < ratio.values.size(); ++e)
    ratio.values[e] = c2.values[e] == 0 ? std::numeric_limits<double>::quiet_NaN() : c1.values[e] / c2.values[e];
  return ratio;
}

Joint joint_with(StateMatrix c1) {
  const int k = c1.states;
  Joint joint{std::vector<double>(size_t(k)), std::move(c1), state_matrix(k)};
  for (const auto& [i, j] : state_pairs(k)) joint.pi[size_t(i)] += joint.c1(i, j);
  for (const auto& [i, j] : state_pairs(k)) joint.c2(i, j) = joint.pi[size_t(i)] * joint.pi[size_t(j)];
  return joint;
}

Joint joint_of(const std::vector<double>& source, const StateMatrix& transition) {
  const int k = transition.states;
  check(k >= 1 && transition.values.size() == size_t(k) * size_t(k),
        "joint_of: a transition matrix of {} states has {} entries, got {}", k, k * k, transition.values.size());
  check(source.size() == size_t(k), "joint_of: {} source probabilities for a transition matrix of {} states",
        source.size(), k);
  check_probabilities(source.data(), k, "the source distribution");
  std::vector<double> p = source;
  StateMatrix a = transition;
  const auto normalise = [](double* row, int n) {
    double sum = 0;
    for (int j = 0; j < n; ++j) sum += row[j];
    for (int j = 0; j < n; ++j) row[j] /= sum;
  };
  normalise(p.data(), k);
  for (int i = 0; i < k; ++i) {
    check_probabilities(&a.values[size_t(i) * size_t(k)], k, fmt::format("row {} of the transition matrix", i));
    normalise(&a.values[size_t(i) * size_t(k)], k);
  }
  StateMatrix c1 = state_matrix(k);
  for (int s = 0; s < k; ++s)
    for (const auto& [i, j] : state_pairs(k)) c1(i, j) += p[size_t(s)] * a(s, i) * a(s, j);
  return joint_with(std::move(c1));
}

}  // namespace nce::losses
