#include "nce/losses/theory/free_logits.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nce/core/ops.h"
#include "nce/losses/f_micl.h"
#include "support/states.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;
using test::AnyTarget;
using test::every_loss;
using test::kDenominators;
using test::random_logits;
using test::sc;

TEST_CASE("the gradient of the expected loss is its derivative") {
  Random random(Key(1));
  const double h = 1e-5;
  for (const int64_t batch : {2, 7, 1000}) {
    const Joint joint = test::random_joint(4, random);
    for (const AnyTarget& loss : every_loss()) {
      CAPTURE(loss->name());
      StateMatrix s = random_logits(4, random);
      if (loss->shown_name() == "a G")
        for (double& value : s.values) value = 0.3 + 0.2 * value;  // where each f* has a value
      const StateMatrix gradient = expected_gradient(joint, *loss, batch, s);
      double largest = 0;
      for (size_t e = 0; e < s.values.size(); ++e) {
        StateMatrix up = s, down = s;
        up.values[e] += h, down.values[e] -= h;
        const double slope =
            (expected_loss(joint, *loss, batch, up) - expected_loss(joint, *loss, batch, down)) / (2 * h);
        CHECK(std::abs(gradient.values[e] - slope) < 1e-8 * (1 + std::abs(slope)));
        largest = std::max(largest, std::abs(gradient.values[e]));
      }
      CHECK(largest > 1e-3);
    }
  }
}

TEST_CASE("the published weight adds -c1 p to the derivatives") {
  Random random(Key(2));
  const Joint joint = test::random_joint(3, random);
  const StateMatrix s = random_logits(3, random);
  for (const Denominator d : kDenominators) {
    const StateMatrix exact = expected_gradient(joint, *sc(1.2, .1, d), 8, s);
    const StateMatrix published = expected_gradient(joint, *sc(1.2, .1, d, PositiveWeight::published), 8, s);
    for (const auto& [i, j] : state_pairs(3)) {
      double z = d == Denominator::all ? std::exp(s(i, j)) : 0;
      for (int k = 0; k < 3; ++k) z += 7 * joint.pi[size_t(k)] * std::exp(s(i, k));
      CHECK(published(i, j) - exact(i, j) == Approx(-joint.c1(i, j) * std::exp(s(i, j)) / z));
    }
  }
}

TEST_CASE("sampled batches of the library's losses have the expected loss and gradient as they grow") {
  const double tau = 0.5;
  const std::vector<double>& u = test::kUnitVectors;
  StateMatrix s = state_matrix(3);
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j)
      for (size_t d = 0; d < 3; ++d) s.values[3 * i + j] += u[3 * i + d] * u[3 * j + d] / tau;
  const Joint joint = joint_of(test::kSource, test::kTransition);

  struct Case {
    std::shared_ptr<Loss> loss;
    double scale = 1;
    int64_t num_views = 2;
    AnyTarget theory = loss->target();
    double small = 0, large = 0, gradient_small = 0, gradient_large = 0;  // how far off at B = 4 and at 512
  };
  std::vector<Case> cases;
  const auto add = [&](const char* name, std::vector<Setting> settings = {}, double scale = 1) {
    settings.push_back({"temperature", fmt::format("{}", tau)});
    cases.push_back({make_loss(name, settings), scale, known_losses().find(name).num_views.least});
  };
  for (const char* name : {"info_nce", "nt_xent", "dcl", "dhel", "is_info_nce"}) add(name);
  for (const char* name : {"info_nce", "dcl"})
    for (const char* from : {"own_view", "both_views"}) add(name, {{"negatives", from}});
  add("dhel", {{"both_views", "true"}}, 0.5);  // its scale is a common factor
  for (const char* d : {"negatives", "all"})
    for (const auto& [delta, gamma] : test::kOffLine)
      add("sc_info_nce",
          {{"delta", fmt::format("{}", delta)}, {"gamma", fmt::format("{}", gamma)}, {"denominator", d}});
  // These see each pair by itself: their expectation is exact at any B.
  const size_t each = cases.size();
  add("sig_lip", {{"bias", "0"}}), add("spectral_contrastive"), add("simple_contrastive");
  add("simple_contrastive", {{"positive_in_mean", "true"}});
  for (const int64_t batch : {4, 512}) {
    Random random(Key(3));
    const int repeats = batch == 4 ? 3000 : 30;
    std::vector<double> mean(cases.size());
    std::vector<std::vector<double>> gradient(cases.size(), std::vector<double>(9));
    for (int r = 0; r < repeats; ++r) {
      const test::StateLabels labels = test::draw_views(test::kSource, test::kTransition, batch, random, true);
      for (size_t c = 0; c < cases.size(); ++c) {
        const Tensor table = Tensor::from(u, {3, 3}).set_requires_grad(true);
        std::vector<Tensor> z;
        for (const auto& states : {labels.view1, labels.view2, labels.view3})
          z.push_back(index_select(table, 0, states));
        z.resize(size_t(cases[c].num_views));
        const Tensor loss = (*cases[c].loss)(views_of(z)) * cases[c].scale;
        loss.backward();
        mean[c] += loss.item() / repeats;
        const auto by_table = table.grad().to_vector<double>();
        for (size_t e = 0; e < 9; ++e) gradient[c][e] += by_table[e] / repeats;
      }
    }
    for (size_t c = 0; c < cases.size(); ++c) {
      Case& it = cases[c];
      (batch == 4 ? it.small : it.large) = std::abs(mean[c] - expected_loss(joint, *it.theory, batch, s));
      // By u_i of s_ij = u_i . u_j / tau / (|u_i| |u_j|): along the sphere.
      const StateMatrix g = expected_gradient(joint, *it.theory, batch, s);
      for (size_t i = 0; i < 3; ++i) {
        double by_u[3] = {0, 0, 0}, outward = 0;
        for (size_t j = 0; j < 3; ++j)
          for (size_t d = 0; d < 3; ++d)
            by_u[d] += (g.values[3 * i + j] + g.values[3 * j + i]) * u[3 * j + d] / tau;
        for (size_t d = 0; d < 3; ++d) outward += by_u[d] * u[3 * i + d];
        for (size_t d = 0; d < 3; ++d) {
          double& off = batch == 4 ? it.gradient_small : it.gradient_large;
          off = std::max(off, std::abs(gradient[c][3 * i + d] - (by_u[d] - outward * u[3 * i + d])));
        }
      }
    }
  }
  for (size_t c = 0; c < cases.size(); ++c) {
    const Case& it = cases[c];
    CAPTURE(it.theory->name());
    const double size = it.theory->name() == "sig_lip" ? 511 : 1;  // its negatives are summed
    CHECK(it.large < 0.02 * size);                                 // of log 511; what 30 batches leave to chance
    CHECK(it.gradient_large < 0.015 * size);
    if (c >= each) {
      CHECK(it.small < 0.06);
      CHECK(it.gradient_small < 0.1);
    } else {  // the mean of log D is below the log of the mean of D, by a good deal at B = 4
      CHECK(it.small > 0.03);
      CHECK(it.gradient_small > it.gradient_large);
    }
  }
}

TEST_CASE("sampled batches of f_micl have its expected loss at any size") {
  // Its logits are s = f'(G), G = exp((cos - 1) / temperature).
  const Joint joint = joint_of(test::kSource, test::kTransition);
  const Tensor table = Tensor::from(test::kUnitVectors, {3, 3});
  const std::vector<double> cosines = matmul(table, t(table)).to_vector<double>();
  for (const std::string& divergence : names_of(divergences())) {
    CAPTURE(divergence);
    const AnyTarget theory = test::f_micl(divergence, 2);
    StateMatrix s = state_matrix(3);
    for (size_t e = 0; e < 9; ++e)
      s.values[e] = divergences().find(divergence).slope(std::exp((cosines[e] - 1) / .8));
    Random random(Key(4));
    double mean = 0;
    double mean_own = 0;
    const int repeats = 2000;
    for (int r = 0; r < repeats; ++r) {
      const test::StateLabels labels = test::draw_views(test::kSource, test::kTransition, 16, random);
      const auto value = [&](NegativesFrom negatives) {
        FMiclOptions options{.divergence = divergence, .temperature = .8, .alpha = 2};
        options.negatives = negatives;
        return f_micl(index_select(table, 0, labels.view1), index_select(table, 0, labels.view2), options).item();
      };
      mean += value(NegativesFrom::other_view) / repeats, mean_own += value(NegativesFrom::own_view) / repeats;
    }
    CHECK(std::abs(mean - expected_loss(joint, *theory, 16, s)) < 0.02);
    CHECK(std::abs(mean_own - expected_loss(joint, *theory, 16, s)) < 0.02);
    CHECK(mean != mean_own);
  }
}
