#pragma once
#include <cmath>
#include <utility>
#include <vector>

#include "nce/core/random.h"
#include "nce/losses/theory/theory.h"

/// Models of states for the tests of the theory.
namespace nce::test {

/// The paper's example.
inline losses::Joint example() {
  return losses::joint_of({1 / 3., 1 / 3., 1 / 3.}, {3, {.5, .3, .2, .2, .5, .3, .2, .3, .5}});
}

/// A random P and A: entries are powers of uniform numbers, so that some are small.
inline std::pair<std::vector<double>, losses::StateMatrix> random_model(int states, Random& random) {
  const auto probabilities = [&] {
    std::vector<double> row;
    double sum = 0;
    for (int j = 0; j < states; ++j) row.push_back(0.02 + std::pow(random.uniform(), 2)), sum += row.back();
    for (double& p : row) p /= sum;
    return row;
  };
  losses::StateMatrix a = losses::state_matrix(states);
  for (int i = 0; i < states; ++i) {
    const std::vector<double> row = probabilities();
    for (int j = 0; j < states; ++j) a(i, j) = row[size_t(j)];
  }
  return {probabilities(), a};
}

inline losses::Joint random_joint(int states, Random& random) {
  const auto [source, transition] = random_model(states, random);
  return losses::joint_of(source, transition);
}

/// The states of the two views of some samples.
struct StateLabels {
  std::vector<int> view1, view2;
};

inline StateLabels draw_views(const std::vector<double>& source, const losses::StateMatrix& a, int64_t pairs,
                              Random& random) {
  const size_t k = source.size();
  const auto draw = [&](const double* p) {
    double x = random.uniform();
    for (size_t state = 0; state + 1 < k; ++state)
      if ((x -= p[state]) < 0) return int(state);
    return int(k) - 1;
  };
  StateLabels labels;
  for (int64_t n = 0; n < pairs; ++n) {
    const double* row = a.values.data() + size_t(draw(source.data())) * k;
    labels.view1.push_back(draw(row));
    labels.view2.push_back(draw(row));
  }
  return labels;
}

inline losses::ContrastiveLoss sc(double delta, double gamma,
                                  losses::Denominator denominator = losses::Denominator::negatives,
                                  losses::PositiveWeight weight = losses::PositiveWeight::exact) {
  return {.kind = losses::LossKind::sc_info_nce,
          .delta = delta,
          .gamma = gamma,
          .denominator = denominator,
          .positive_weight = weight};
}

inline losses::StateMatrix random_logits(int states, Random& random) {
  losses::StateMatrix s = losses::state_matrix(states);
  for (double& value : s.values) value = random.uniform(-1, 1);
  return s;
}

/// Each loss that has a function of its own, at some options.
inline std::vector<losses::ContrastiveLoss> every_loss() {
  using losses::LossKind;
  std::vector<losses::ContrastiveLoss> all{{.kind = LossKind::info_nce}, {.kind = LossKind::nt_xent},
                                           {.kind = LossKind::dcl},      {.kind = LossKind::sig_lip},
                                           {.kind = LossKind::spectral}, {.kind = LossKind::simple}};
  all.push_back({.kind = LossKind::dcl, .both_views = true});
  for (const auto d : {losses::Denominator::negatives, losses::Denominator::all}) all.push_back(sc(1.3, -.1, d));
  for (const std::string& d : losses::divergence_names())
    all.push_back({.kind = LossKind::f_micl, .divergence = d, .negative_weight = 1.7});
  return all;
}

}  // namespace nce::test
