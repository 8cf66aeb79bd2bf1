#include "nce/losses/theory/free_logits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/states.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;
using test::AnyTarget;
using test::every_loss;
using test::f_micl;
using test::kDenominators;
using test::kOffLine;
using test::kWeights;
using test::random_logits;
using test::sc;
using test::target_of;

namespace {

const std::pair<double, double> kLine[] = {{1, 0}, {1.5, .5}, {.8, -.2}};

}  // namespace

TEST_CASE("free logits reach every target that can be reached, to 1e-6 and better") {
  Random random(Key(4));
  for (int repeat = 0; repeat < 30; ++repeat) {
    const Joint joint = repeat == 0 ? test::example() : test::random_joint(2 + repeat % 5, random);
    const int64_t batch = int64_t(std::pow(10, 0.5 + 3.5 * random.uniform()));
    std::vector<AnyTarget> losses{target_of("dcl"), target_of("dcl", {{"negatives", "both_views"}}),
                                  target_of("sig_lip"), target_of("spectral_contrastive")};
    for (const auto& [delta, gamma] : kLine) losses.push_back(sc(delta, gamma));
    for (const std::string& d : names_of(divergences()))
      for (const double weight : {1., 3.}) losses.push_back(f_micl(d, weight));
    for (const AnyTarget& loss : losses) {
      CAPTURE(loss->name());
      CAPTURE(repeat);
      CAPTURE(batch);
      const FreeLogits free = descend(joint, *loss, batch);
      if (free.reach.outcome == Outcome::pushes_apart) {  // (1.5, 0.5) where some c1/c2 is below a third
        CHECK(loss->scale()->delta == 1.5);
        continue;
      }
      CHECK(free.reach.outcome == Outcome::reaches);
      CHECK(free.settled);
      CHECK(free.deviation < 1e-8);
      CHECK(free.drift_deviation < 1e-10);
    }
  }
}

TEST_CASE("InfoNCE and NT-Xent reach their target over all pairs at any B, and over positives to O(1/B)") {
  const Joint joint = test::example();
  const std::pair<int64_t, double> stated[] = {
      {2, 3.0e-2}, {10, 1.6e-2}, {100, 2.0e-3}, {1000, 2.0e-4}, {10000, 2.0e-5}};
  for (const auto& [batch, deviation] : stated) {
    const FreeLogits free = descend(joint, *target_of("info_nce"), batch);
    CHECK(free.reach.outcome == Outcome::reaches_as_batch_grows);
    CHECK(free.settled);
    CHECK(free.positive_deviation == Approx(deviation).epsilon(0.03));  // stated to two digits
    CHECK(free.deviation < 1e-12);
    // Half of it for twice the negatives.
    const FreeLogits nt_xent = descend(joint, *target_of("nt_xent"), batch);
    CHECK(nt_xent.deviation < 1e-12);
    if (batch >= 100) CHECK(nt_xent.positive_deviation == Approx(deviation / 2).epsilon(0.03));
  }
  // On other models too it falls as 1/B.
  Random random(Key(5));
  for (int repeat = 0; repeat < 10; ++repeat) {
    const Joint other = test::random_joint(4, random);
    for (const AnyTarget& loss : {target_of("info_nce"), target_of("nt_xent"), sc(.8, -.2, Denominator::all)}) {
      const FreeLogits a = descend(other, *loss, 1000), b = descend(other, *loss, 10000);
      CHECK(a.deviation < 1e-8);
      CHECK(b.deviation < 1e-8);
      CHECK(a.positive_deviation > 1e-5);
      CHECK(a.positive_deviation / b.positive_deviation == Approx(10).epsilon(0.1));
    }
  }
}

TEST_CASE("in the sampled loss too the mean over the pairs is at the target exactly, at small B") {
  // The negatives' states are counted out: no mean of D is taken here. n draws from three states.
  Random random(Key(6));
  const Joint joint = test::random_joint(3, random);
  const int n = 8;
  struct Draw {
    double probability;
    int count[3];
  };
  std::vector<Draw> draws;
  for (int x = 0; x <= n; ++x)
    for (int y = 0; x + y <= n; ++y) {
      const int z = n - x - y;
      const double ways = std::tgamma(n + 1) / (std::tgamma(x + 1) * std::tgamma(y + 1) * std::tgamma(z + 1));
      draws.push_back(
          {ways * std::pow(joint.pi[0], x) * std::pow(joint.pi[1], y) * std::pow(joint.pi[2], z), {x, y, z}});
    }
  for (const bool all : {false, true}) {
    const AnyTarget loss = target_of(all ? "info_nce" : "dcl");
    const StateMatrix goal = loss->target(joint, n + 1);
    double positives_off = 0;
    for (int i = 0; i < 3; ++i) {
      double s[3] = {0, 0, 0}, q[3], mean[3], at_positive[3], moved = 1;
      for (int j = 0; j < 3; ++j) q[j] = joint.c1(i, j) / joint.pi[size_t(i)];
      for (int step = 0; step < 20000 && moved > 1e-13; ++step) {
        double positive[3] = {0, 0, 0}, negative[3] = {0, 0, 0};  // expected sums of p over either kind of pair
        for (const Draw& draw : draws)
          for (int p = 0; p < 3; ++p) {
            double d = all ? std::exp(s[p]) : 0;
            for (int k = 0; k < 3; ++k) d += draw.count[k] * std::exp(s[k]);
            const double weight = draw.probability * q[p];
            positive[p] += weight * std::exp(s[p]) / d;
            for (int k = 0; k < 3; ++k) negative[k] += weight * draw.count[k] * std::exp(s[k]) / d;
          }
        moved = 0;
        for (int j = 0; j < 3; ++j) {
          const double pi = joint.pi[size_t(j)];
          const double gradient = negative[j] + (all ? positive[j] : 0) - q[j];
          mean[j] = all ? (positive[j] + negative[j]) / (q[j] + n * pi) : negative[j] / (n * pi);
          at_positive[j] = positive[j] / q[j];
          s[j] -= gradient / q[j];
          moved = std::max(moved, std::abs(gradient) / q[j]);
        }
      }
      CHECK(moved <= 1e-13);
      for (int j = 0; j < 3; ++j) {
        CHECK(mean[j] == Approx(goal(i, j)).epsilon(1e-10));
        positives_off = std::max(positives_off, std::abs(at_positive[j] / goal(i, j) - 1));
      }
    }
    CHECK(positives_off > 0.01);  // the mean over positives is not
  }
}

TEST_CASE("off the line delta - gamma = 1 a uniform shift changes the loss at (1 + gamma - delta) pi_i") {
  Random random(Key(7));
  const Joint joint = test::random_joint(4, random);
  for (const Denominator d : kDenominators)
    for (const auto& grid : {kOffLine[0], kOffLine[1], kOffLine[2], kOffLine[3], kLine[1]}) {
      const AnyTarget loss = sc(grid.first, grid.second, d);
      const StateMatrix s = random_logits(4, random);
      for (int i = 0; i < 4; ++i) {
        StateMatrix shifted = s;
        for (int j = 0; j < 4; ++j) shifted(i, j) += 5;
        const double change = expected_loss(joint, *loss, 50, shifted) - expected_loss(joint, *loss, 50, s);
        const double rate = (1 + grid.second - grid.first) * joint.pi[size_t(i)];
        CHECK(std::abs(change - 5 * rate) < 1e-12);
        CHECK(std::abs(loss->reach(joint, 50).slope[size_t(i)] - rate) < 1e-12);
      }
    }
}

TEST_CASE("off the line logits drift at the predicted rate while their shape settles, in each variant") {
  // Plain steps of descent, each logit by its derivative over c2, with nothing of `descend` in them.
  Random random(Key(8));
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Joint joint = repeat == 0 ? test::example() : test::random_joint(3, random);
    const int64_t batch = 30;
    for (const Denominator d : kDenominators)
      for (const PositiveWeight w : kWeights)
        for (const auto& [delta, gamma] : kOffLine) {
          const AnyTarget loss = sc(delta, gamma, d, w);
          const Reach reach = loss->reach(joint, batch);
          CAPTURE(loss->name());
          CAPTURE(repeat);
          if (reach.shape.values.empty()) continue;  // pushes some pair apart
          CHECK(reach.outcome == (delta - gamma > 1 ? Outcome::drifts_up : Outcome::drifts_down));
          StateMatrix s = random_logits(3, random), before = s;
          const double step = 0.1;
          const int steps = 3000, watched = 100;
          for (int t = 0; t < steps; ++t) {
            if (t == steps - watched) before = s;
            const StateMatrix g = expected_gradient(joint, *loss, batch, s);
            for (size_t e = 0; e < s.values.size(); ++e) s.values[e] -= step * g.values[e] / joint.c2.values[e];
          }
          for (const auto& [i, j] : state_pairs(3)) {
            const double velocity = (s(i, j) - before(i, j)) / (step * watched);
            CHECK(velocity == Approx(-reach.slope[size_t(i)] / joint.pi[size_t(i)]).epsilon(1e-6));
            CHECK(read_out(joint, *loss, batch, s)(i, j) == Approx(reach.shape(i, j)).epsilon(1e-6));
          }
          const FreeLogits free = descend(joint, *loss, batch);
          CHECK(free.settled);
          CHECK(free.shape_deviation < 1e-8);
          CHECK(free.drift_deviation < 1e-9);
          CHECK(free.deviation > 0.01);
          // gamma alone sets the drift, delta alone the shape.
          if (w == PositiveWeight::exact) {
            const StateMatrix line = sc(delta, delta - 1, d)->target(joint, batch);
            for (size_t e = 0; e < 9; ++e) CHECK(free.read_out.values[e] == Approx(line.values[e]).epsilon(1e-8));
          }
        }
  }
}

TEST_CASE("the published weight drifts up on the line too, at a rate that falls as 1/B") {
  Random random(Key(9));
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Joint joint = repeat == 0 ? test::example() : test::random_joint(4, random);
    for (const Denominator d : kDenominators) {
      const AnyTarget loss = sc(.8, -.2, d, PositiveWeight::published);
      const FreeLogits small = descend(joint, *loss, 1000), large = descend(joint, *loss, 10000);
      const StateMatrix stated = sc(.8, -.2)->target(joint, 10000);  // the paper's
      for (int i = 0; i < joint.states(); ++i) {
        CHECK(small.drift[size_t(i)] > 5e-4);
        CHECK(small.drift[size_t(i)] / large.drift[size_t(i)] == Approx(10).epsilon(0.05));
        for (int j = 0; j < joint.states(); ++j)
          CHECK(large.read_out(i, j) == Approx(stated(i, j)).epsilon(0.005));  // near it, to O(1/B)
      }
      CHECK(small.reach.outcome == Outcome::drifts_up);
      CHECK(small.drift_deviation < 1e-10);
      CHECK(small.shape_deviation < 1e-8);
      CHECK(small.deviation > 1e-5);  // and not at its own target either
    }
  }
}

TEST_CASE("a target that is not positive pushes its states apart without end") {
  const FreeLogits free = descend(test::example(), *sc(20, 19), 100);
  CHECK(free.reach.outcome == Outcome::pushes_apart);
  CHECK(free.target(0, 2) < 0);
  CHECK(free.read_out(0, 2) < 1e-6);
  CHECK(free.logits(0, 2) < free.logits(0, 0) - 10);
}

TEST_CASE("the published weight pushes rare pairs of states apart that the exact one keeps at their target") {
  StateMatrix a = state_matrix(10, 1e-4);
  for (int i = 0; i < 10; ++i) a(i, i) += 1 - 1e-3;
  const Joint joint = joint_of(std::vector<double>(10, .1), a);
  CHECK(descend(joint, *sc(1, 0), 256).deviation < 1e-8);
  for (const Denominator d : kDenominators) {
    const FreeLogits free = descend(joint, *sc(1, 0, d, PositiveWeight::published), 256);
    CHECK(free.reach.outcome == Outcome::pushes_apart);
    CHECK(std::isnan(free.reach.slope[0]));
    CHECK(free.read_out(0, 1) < 1e-6 * free.target(0, 1));
  }
}

TEST_CASE("the simple loss is linear: logits run apart, up where c1 exceeds c2 and down where it falls short") {
  const Joint joint = test::example();
  const FreeLogits free = descend(joint, *target_of("simple_contrastive"), 10);
  CHECK(free.reach.outcome == Outcome::linear);
  CHECK(!free.settled);
  CHECK(free.target.values.empty());
  const StateMatrix ratio = joint.ratio();
  for (size_t e = 0; e < 9; ++e) CHECK(free.logits.values[e] == Approx(ratio.values[e] - 1));
}

TEST_CASE("states that are never seen are left out of the descent") {
  const Joint three = test::example();
  const Joint four =
      joint_of({1 / 3., 1 / 3., 1 / 3., 0}, {4, {.5, .3, .2, 0, .2, .5, .3, 0, .2, .3, .5, 0, 0, 0, 0, 1}});
  std::vector<AnyTarget> losses = every_loss();
  for (const Denominator d : kDenominators) losses.push_back(sc(.8, -.2, d, PositiveWeight::published));
  for (const AnyTarget& loss : losses) {
    CAPTURE(loss->name());
    const FreeLogits a = descend(three, *loss, 10), b = descend(four, *loss, 10);
    CHECK(a.reach.outcome == b.reach.outcome);
    CHECK(a.reach.text == b.reach.text);
    for (const auto& [i, j] : state_pairs(3)) CHECK(a.logits(i, j) == Approx(b.logits(i, j)));
    for (size_t i = 0; i < 3; ++i) CHECK(a.drift[i] == Approx(b.drift[i]));
    CHECK(std::isnan(b.logits(3, 0)));
    if (loss->has_target()) CHECK(std::abs(a.deviation - b.deviation) < 1e-9);
  }
}

TEST_CASE("logits and batches that do not fit are refused with the reason") {
  const Joint joint = test::example();
  CHECK_THROWS_WITH_AS(expected_loss(joint, *sc(1, 0), 10, state_matrix(2)),
                       "free logits: one for each pair of 3 states is needed, 9 in all, got 4", Error);
  CHECK_THROWS_WITH_AS(read_out(joint, *sc(1, 0), 1, state_matrix(3)),
                       "free logits: a batch of at least 2 pairs is needed, got 1", Error);
  CHECK_THROWS_WITH_AS(descend(joint, *sc(1, 0), 1), "target: a batch of at least 2 pairs is needed, got 1", Error);
}

TEST_CASE("every loss of the catalogue that has a theory descends to where it says") {
  for (const AnyTarget& loss : every_loss())
    for (const int64_t batch : {10, 100}) {
      CAPTURE(loss->name());
      const FreeLogits free = descend(test::example(), *loss, batch);
      const bool bounded = free.reach.outcome != Outcome::linear;
      CHECK(bounded == loss->has_target());
      CHECK(free.settled == bounded);
      if (bounded) CHECK(free.shape_deviation < 1e-8);
      if (free.reach.outcome == Outcome::reaches) CHECK(free.deviation < 1e-8);
    }
}

TEST_CASE("a target of 0 throughout has a deviation too") {
  const Joint one = joint_of({1}, {1, {1}});
  for (const std::string& divergence : names_of(divergences())) {
    CAPTURE(divergence);
    CHECK(descend(one, *f_micl(divergence), 2).deviation < 1e-12);  // f'(1) is 0 for four of them
  }
}
