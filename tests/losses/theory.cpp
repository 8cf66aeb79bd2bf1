#include "nce/losses/theory/theory.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "nce/core/error.h"
#include "support/states.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;
using test::sc;

namespace {

// Where a convex function is least between low and high, from its values alone.
double least_at(const std::function<double(double)>& f, double low, double high) {
  const double ratio = (std::sqrt(5) - 1) / 2;
  for (int step = 0; step < 200; ++step) {
    const double a = high - ratio * (high - low), b = low + ratio * (high - low);
    (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
  }
  return (low + high) / 2;
}

double softplus(double x) { return std::max(x, 0.) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace

TEST_CASE("the paper's example has the pi and c1/c2 that are stated for it") {
  const Joint joint = test::example();
  const double pi[] = {.3, .3667, .3333};
  const double ratio[] = {1.2222, .9394, .8667, .9394, 1.0661, .9818, .8667, .9818, 1.1400};
  for (int i = 0; i < 3; ++i) CHECK(std::abs(joint.pi[size_t(i)] - pi[i]) < 5e-5);
  const StateMatrix r = joint.ratio(), pmi = joint.pmi();
  for (size_t e = 0; e < 9; ++e) {
    CHECK(std::abs(r.values[e] - ratio[e]) < 5e-5);
    CHECK(pmi.values[e] == Approx(std::log(r.values[e])));
  }
}

TEST_CASE("rows and columns of c1 and c2 sum to pi, for any P and A") {
  Random random(Key(1));
  for (int states = 1; states <= 6; ++states) {
    const auto [source, a] = test::random_model(states, random);
    const Joint joint = joint_of(source, a);
    double total = 0;
    for (int i = 0; i < states; ++i) {
      double pi = 0, c1 = 0, c2 = 0, c1_column = 0;
      for (int k = 0; k < states; ++k) {
        pi += source[size_t(k)] * a(k, i);
        c1 += joint.c1(i, k), c2 += joint.c2(i, k), c1_column += joint.c1(k, i);
        // Two views of one sample, from first principles.
        double both = 0;
        for (int s = 0; s < states; ++s) both += source[size_t(s)] * a(s, i) * a(s, k);
        CHECK(joint.c1(i, k) == Approx(both));
      }
      CHECK(joint.pi[size_t(i)] == Approx(pi));
      CHECK(c1 == Approx(pi));
      CHECK(c1_column == Approx(pi));
      CHECK(c2 == Approx(pi));
      total += pi;
    }
    CHECK(total == Approx(1));
  }
}

TEST_CASE("states that no sample connects have a PMI of -inf, states that are never seen none") {
  const Joint apart = joint_of({.5, .5, 0}, {3, {1, 0, 0, 0, 1, 0, 0, 0, 1}});
  CHECK(apart.ratio()(0, 0) == Approx(2));
  CHECK(apart.pmi()(0, 1) == -INFINITY);
  CHECK(std::isnan(apart.pmi()(0, 2)));
  CHECK(std::isnan(target(apart, {.kind = LossKind::dcl}, 10)(2, 2)));
}

TEST_CASE("targets of losses that see each pair by itself are where the expected loss is least") {
  Random random(Key(2));
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Joint joint = test::random_joint(3, random);
    const int64_t batch = 2 + int64_t(random.below(30));
    const double n = double(batch - 1), weight = 0.5 + random.uniform();
    const StateMatrix sigma = target(joint, {.kind = LossKind::sig_lip}, batch);
    const StateMatrix spectral = target(joint, {.kind = LossKind::spectral}, batch);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        const double c1 = joint.c1(i, j), c2 = joint.c2(i, j);
        const double s = least_at([&](double x) { return c1 * softplus(-x) + n * c2 * softplus(x); }, -20, 20);
        CHECK(sigma(i, j) == Approx(1 / (1 + std::exp(-s))).epsilon(1e-6));
        CHECK(spectral(i, j) ==
              Approx(least_at([&](double x) { return c2 * x * x - 2 * c1 * x; }, 0, 100)).epsilon(1e-6));
      }
    for (const Divergence& d : divergences()) {
      CAPTURE(d.name);
      const StateMatrix s =
          target(joint, {.kind = LossKind::f_micl, .divergence = d.name, .negative_weight = weight}, batch);
      const double low = std::max(d.slope(1e-12), -30.), high = std::min(d.slope(1e9), 200.);
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
          const double least = least_at(
              [&](double x) { return weight * joint.c2(i, j) * d.conjugate(x) - joint.c1(i, j) * x; }, low, high);
          CHECK(std::abs(s(i, j) - least) < 1e-5 * (1 + std::abs(least)));
        }
    }
  }
}

TEST_CASE("targets of sc_info_nce contain those of DCL and InfoNCE, and sum to delta - gamma") {
  Random random(Key(3));
  const Joint joint = test::random_joint(4, random);
  const auto same = [&](const ContrastiveLoss& a, const ContrastiveLoss& b, int64_t batch_a, int64_t batch_b) {
    const StateMatrix x = target(joint, a, batch_a), y = target(joint, b, batch_b);
    for (size_t e = 0; e < x.values.size(); ++e) CHECK(x.values[e] == Approx(y.values[e]));
  };
  same(sc(1, 0), {.kind = LossKind::dcl}, 10, 10);
  same(sc(1, 0, Denominator::all), {.kind = LossKind::info_nce}, 10, 10);
  same({.kind = LossKind::info_nce}, {.kind = LossKind::sig_lip}, 10, 10);
  same({.kind = LossKind::nt_xent}, {.kind = LossKind::info_nce}, 10, 19);  // 2 * 9 negatives, and 18
  same({.kind = LossKind::dcl, .both_views = true}, {.kind = LossKind::dcl}, 10, 19);
  same({.kind = LossKind::sc_info_nce, .delta = 1.5}, sc(1.5, .5), 10, 10);
  same(sc(1.3, .1, Denominator::all, PositiveWeight::published), sc(1.3, .1), 10, 10);
  for (const auto& [delta, gamma] : {std::pair(1., 0.), {1.5, .5}, {1., -.2}, {.5, -.2}}) {
    const StateMatrix p = target(joint, sc(delta, gamma), 10);
    for (int i = 0; i < 4; ++i) {
      double sum = 0;
      for (int j = 0; j < 4; ++j) sum += 9 * joint.pi[size_t(j)] * p(i, j);
      CHECK(sum == Approx(delta - gamma));
    }
  }
}

TEST_CASE("what a target is of, and over which pairs, is said") {
  CHECK(read_out_of({.kind = LossKind::nt_xent}) == "exp(s_ij) / D_i");
  CHECK(read_out_of({.kind = LossKind::sig_lip}) == "sigma(s_ij)");
  CHECK(read_out_of({.kind = LossKind::spectral}) == "s_ij");
  CHECK(pairs_of({.kind = LossKind::info_nce}) == PairsOf::all);
  CHECK(pairs_of({.kind = LossKind::dcl}) == PairsOf::negatives);
  CHECK(pairs_of(sc(1, 0, Denominator::all)) == PairsOf::all);
  CHECK(pairs_of(sc(1, 0, Denominator::all, PositiveWeight::published)) == PairsOf::negatives);
  CHECK(name_of(sc(1.5, .5)) == "sc_info_nce (delta 1.5, gamma 0.5, negatives, exact)");
  CHECK(name_of(sc(1, -.2, Denominator::all, PositiveWeight::published)) ==
        "sc_info_nce (delta 1, gamma -0.2, all, published)");
  CHECK(name_of({.kind = LossKind::f_micl, .divergence = "vlc"}) == "f_micl (vlc)");
  CHECK(negatives_of({.kind = LossKind::nt_xent}, 10) == 18);
  CHECK(negatives_of({.kind = LossKind::info_nce}, 10) == 9);
}

TEST_CASE("each case that free logits can be in is named and explained") {
  const Joint joint = test::example();
  const auto outcome = [&](const ContrastiveLoss& loss) { return reach_of(joint, loss, 100).outcome; };
  CHECK(outcome({.kind = LossKind::dcl}) == Outcome::reaches);
  CHECK(outcome({.kind = LossKind::sig_lip}) == Outcome::reaches);
  CHECK(outcome({.kind = LossKind::spectral}) == Outcome::reaches);
  CHECK(outcome({.kind = LossKind::f_micl}) == Outcome::reaches);
  CHECK(outcome({.kind = LossKind::info_nce}) == Outcome::reaches_as_batch_grows);
  CHECK(outcome({.kind = LossKind::nt_xent}) == Outcome::reaches_as_batch_grows);
  CHECK(outcome({.kind = LossKind::simple}) == Outcome::linear);
  CHECK(outcome(sc(1.5, .5)) == Outcome::reaches);
  CHECK(outcome(sc(.1 * 3, -.7)) == Outcome::reaches);  // on the line but for rounding
  CHECK(outcome(sc(1, -.2)) == Outcome::drifts_up);
  CHECK(outcome(sc(.5, -.2)) == Outcome::drifts_down);
  CHECK(outcome(sc(1, 0, Denominator::negatives, PositiveWeight::published)) == Outcome::drifts_up);
  CHECK(outcome(sc(20, 19)) == Outcome::pushes_apart);

  CHECK(reach_of(joint, sc(1, -.2), 100).slope[0] == Approx(-.2 * .3));
  CHECK(reach_of(joint, sc(1, -.2), 100).text ==
        "delta - gamma = 1.2, not 1: the target does not sum to one, so no logits have it. Raising all logits "
        "of row i by 1 changes the loss by -0.2 pi_i wherever they are, so all drift up without end. Their "
        "differences settle where (1, 0), on the line, would have them.");
  // Both at once: c1 of states 0 and 1 is 0.
  Joint apart = joint_of({.5, .5}, {2, {1, 0, 0, 1}});
  CHECK(reach_of(apart, sc(1, -.2), 100).outcome == Outcome::drifts_up);
  CHECK(reach_of(apart, sc(1, -.2), 100).text ==
        "delta - gamma = 1.2, not 1: the target does not sum to one, so no logits have it. Raising all logits of "
        "row i by 1 changes the loss by -0.2 pi_i wherever they are, so all drift up without end. For states 0 and "
        "1 (c1/c2 = 0) the target asks for a probability of 0 or less: their logit falls without end.");
  CHECK(reach_of(apart, {.kind = LossKind::f_micl}, 100).text ==
        "For states 0 and 1 (c1/c2 = 0) the target asks for a logit of -inf: their logit falls without end.");
  CHECK(reach_of(apart, sc(1, 0, Denominator::all, PositiveWeight::published), 100).text ==
        "The published weight pulls the other logits up so far that states 0 and 1 (c1/c2 = 0) are left no "
        "probability above 0: their logit falls without end.");
  apart.names = {"cat", "dog"};
  CHECK(reach_of(apart, {.kind = LossKind::dcl}, 100).text ==
        "For states cat and dog (c1/c2 = 0) the target asks for a probability of 0 or less: their logit falls "
        "without end.");
  CHECK(reach_of(joint, sc(20, 19), 100).text ==
        "For states 0 and 2 (c1/c2 = 0.8667) the target asks for a probability of 0 or less: their logit falls "
        "without end. Below delta = 7.5 it is above 0 for all states.");
  CHECK(reach_of(joint, sc(1, 0, Denominator::negatives, PositiveWeight::published), 2).text ==
        "The published weight has a fixed point only where c1 < (B - 1) c2, and for state 0 that is not so: "
        "batches of 2 are too small, and descent does not settle.");
  CHECK(drift_note(1, 0) == "");
  CHECK(drift_note(1.1, 1.1 - 1) == "");
  CHECK(drift_note(.5, -.2) ==
        "delta - gamma = 0.7, not 1: no logits have this target, all drift down (by 0.3 of the loss for each "
        "unit) until |s| <= 1/temperature stops them; the clusters' shape is that of delta = 0.5 alone");
}

TEST_CASE("what is not a model of states, or not a batch, is refused with the reason") {
  const StateMatrix a{2, {.5, .5, .2, .8}};
  CHECK_THROWS_WITH_AS(joint_of({.5, .5}, {2, {.5, .5, .2}}),
                       "joint_of: a transition matrix of 2 states has 4 entries, got 3", Error);
  CHECK_THROWS_WITH_AS(joint_of({1}, a), "joint_of: 1 source probabilities for a transition matrix of 2 states",
                       Error);
  CHECK_THROWS_WITH_AS(joint_of({.5, .6}, a), "joint_of: the source distribution sums to 1.1, not to 1", Error);
  CHECK_THROWS_WITH_AS(joint_of({.5, .5}, {2, {.5, .5, .2, .7}}),
                       "joint_of: row 1 of the transition matrix sums to 0.9, not to 1", Error);
  CHECK_THROWS_WITH_AS(joint_of({.5, .5}, {2, {1.5, -.5, .2, .8}}),
                       "joint_of: row 0 of the transition matrix has -0.5 at 1, not a probability", Error);
  CHECK_THROWS_WITH_AS(joint_of({.5, .5}, {2, {.5, .5, std::nan(""), .8}}),
                       "joint_of: row 1 of the transition matrix has nan at 0, not a probability", Error);
  const Joint joint = test::example();
  CHECK_THROWS_WITH_AS(target(joint, {}, 1), "target: a batch of at least 2 pairs is needed, got 1", Error);
  CHECK_THROWS_WITH_AS(target(joint, {.kind = LossKind::simple}, 10),
                       "target: the simple loss is linear and has none: every logit runs to its bound", Error);
  CHECK_THROWS_WITH_AS(target(joint, sc(NAN, 0), 10), "target: delta and gamma must be finite, got nan and 0",
                       Error);
  CHECK_THROWS_WITH_AS(target(joint, {.kind = LossKind::f_micl, .negative_weight = 0}, 10),
                       "target: the weight of the negatives must be positive, got 0", Error);
  CHECK_THROWS_WITH_AS(target(joint, {.kind = LossKind::f_micl, .divergence = "tsallis", .order = 1}, 10),
                       "target: the order of the Tsallis divergence must be above 1, got 1", Error);
}
