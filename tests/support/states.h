#pragma once
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "nce/core/random.h"
#include "nce/losses/catalogue.h"
#include "nce/losses/theory/divergence.h"

/// Models of states for the tests of the theory.
namespace nce::test {

/// The paper's example.
inline losses::Joint example() {
  return losses::joint_of({1 / 3., 1 / 3., 1 / 3.}, {3, {.5, .3, .2, .2, .5, .3, .2, .3, .5}});
}

/// Three states whose views are unit vectors, the rows of kUnitVectors (3, 3): embeddings with known logits.
inline const std::vector<double> kSource{.5, .3, .2};
inline const losses::StateMatrix kTransition{3, {.6, .3, .1, .15, .7, .15, .1, .2, .7}};
inline const std::vector<double> kUnitVectors{1, 0, 0, .6, .8, 0, -.3, .5, std::sqrt(1 - .09 - .25)};

/// (delta, gamma) with delta - gamma other than 1.
inline constexpr std::pair<double, double> kOffLine[] = {{1, -.2}, {.5, -.2}, {2, .3}, {.7, .4}};
inline constexpr losses::Denominator kDenominators[] = {losses::Denominator::negatives, losses::Denominator::all};
inline constexpr losses::PositiveWeight kWeights[] = {losses::PositiveWeight::exact,
                                                      losses::PositiveWeight::published};

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

/// The states of the views of some samples.
struct StateLabels {
  std::vector<int> view1, view2, view3 = {};
};

inline StateLabels draw_views(const std::vector<double>& source, const losses::StateMatrix& a, int64_t pairs,
                              Random& random, bool third = false) {
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
    if (third) labels.view3.push_back(draw(row));
  }
  return labels;
}

/// States that are independent of each other.
inline StateLabels random_labels(int64_t pairs, uint32_t states, Random& random) {
  StateLabels labels;
  for (int64_t n = 0; n < pairs; ++n)
    labels.view1.push_back(int(random.below(states))), labels.view2.push_back(int(random.below(states)));
  return labels;
}

using AnyTarget = std::shared_ptr<const losses::Target>;

/// The target of a loss of the catalogue.
inline AnyTarget target_of(const std::string& loss, const std::vector<Setting>& settings = {}) {
  return losses::make_loss(loss, settings)->target();
}

inline AnyTarget sc(double delta, double gamma, losses::Denominator denominator = losses::Denominator::negatives,
                    losses::PositiveWeight weight = losses::PositiveWeight::exact) {
  return losses::softmax_target({.name = "sc_info_nce",
                                 .delta = delta,
                                 .gamma = gamma,
                                 .denominator = denominator,
                                 .positive_weight = weight,
                                 .has_scale = true});
}

/// Negatives of weight 1, unlike the loss's default.
inline AnyTarget f_micl(const std::string& divergence, double weight = 1, double mu = 1) {
  return losses::divergence_target(divergence, losses::kTsallisOrder, weight, mu);
}

inline losses::StateMatrix random_logits(int states, Random& random) {
  losses::StateMatrix s = losses::state_matrix(states);
  for (double& value : s.values) value = random.uniform(-1, 1);
  return s;
}

/// Each loss of the catalogue whose expected loss is known, with its defaults, and some options of some.
inline std::vector<AnyTarget> every_loss() {
  std::vector<AnyTarget> all;
  for (const losses::KnownLoss& known : losses::known_losses())
    if (AnyTarget target = known.make()->target(); target && target->has_expected_loss() && known.name != "f_micl")
      all.push_back(target);
  for (const char* name : {"info_nce", "dcl"})
    for (const char* from : {"own_view", "both_views"}) all.push_back(target_of(name, {{"negatives", from}}));
  all.push_back(target_of("dhel", {{"both_views", "true"}}));
  all.push_back(target_of("simple_contrastive", {{"positive_in_mean", "true"}}));
  for (const auto d : kDenominators) all.push_back(sc(1.3, -.1, d));
  for (const std::string& d : names_of(losses::divergences())) all.push_back(f_micl(d, 1.7));
  return all;
}

}  // namespace nce::test
