#include "nce/losses/theory/target.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "support/states.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;
using test::AnyTarget;
using test::f_micl;
using test::sc;
using test::target_of;

TEST_CASE("the paper's example has the pi and c1/c2 that are stated for it") {
  const Joint joint = test::example();
  const double pi[] = {.3, .3667, .3333};
  const double ratio[] = {1.2222, .9394, .8667, .9394, 1.0661, .9818, .8667, .9818, 1.1400};
  for (int i = 0; i < 3; ++i) CHECK(std::abs(joint.pi[size_t(i)] - pi[i]) < 5e-5);
  const StateMatrix r = joint.ratio();
  for (size_t e = 0; e < 9; ++e) CHECK(std::abs(r.values[e] - ratio[e]) < 5e-5);
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

TEST_CASE("states that no sample connects have a ratio of 0, states that are never seen none") {
  const Joint apart = joint_of({.5, .5, 0}, {3, {1, 0, 0, 0, 1, 0, 0, 0, 1}});
  CHECK(apart.ratio()(0, 0) == Approx(2));
  CHECK(apart.ratio()(0, 1) == 0);
  CHECK(std::isnan(apart.ratio()(0, 2)));
  CHECK(std::isnan(target_of("dcl")->target(apart, 10)(2, 2)));
}

TEST_CASE("a loss of one's own can bring a theory, which follows its options") {
  struct OwnOptions {
    Temperature temperature = 0.4;
    double scale = 1;
    void fields(Options& o) {
      temperature.fields(o);
      o.number("scale", scale, "of the target");
    }
  };
  Tensor (*own)(const Tensor&, const Tensor&, const OwnOptions&) = [](const Tensor& z1, const Tensor& z2,
                                                                      const OwnOptions&) { return sum(z1 * z2); };
  const auto loss = known("own", own, [](const OwnOptions& o) {
                      return softmax_target({.name = "own", .delta = o.scale, .gamma = o.scale - 1});
                    }).make();
  set_options(*loss, {{"scale", "1.5"}});
  const Joint joint = test::example();
  CHECK(loss->target()->target(joint, 10).values == sc(1.5, .5, Denominator::all)->target(joint, 10).values);
  CHECK(known("own", own).make()->target() == nullptr);
}

TEST_CASE("of dclw the read-out is known and the target is not") {
  const AnyTarget dclw = target_of("dclw");
  CHECK(!dclw->has_target());
  CHECK(!dclw->has_expected_loss());
  const Tensor z1 = normalize(Tensor::randn({6, 4}, Key(1))), z2 = normalize(Tensor::randn({6, 4}, Key(2)));
  CHECK(dclw->mean_positive(z1, z2, .3, 0) == target_of("dcl")->mean_positive(z1, z2, .3, 0));
  CHECK(target_of("f_micl")->positive_name() == nullptr);
  CHECK_THROWS_WITH_AS(target_of("f_micl")->mean_positive(z1, z2, .3, 0),
                       "f_micl (kl): it has no probability of the positive", Error);
}

TEST_CASE("logits rise with cosines at the slope that is stated, and a first bias takes equal rows for chance") {
  std::vector<AnyTarget> losses = test::every_loss();
  losses.push_back(target_of("spectral_contrastive", {{"normalised", "false"}}));
  for (const AnyTarget& loss : losses) {
    CAPTURE(loss->name());
    const double h = 1e-6;
    for (const double cosine : {-.9, 0., .7}) {
      const double slope = (loss->logit(cosine + h, .6) - loss->logit(cosine - h, .6)) / (2 * h);
      CHECK(slope > 0);
      CHECK(loss->logit_slope(cosine, .6) == Approx(slope).epsilon(1e-6));
    }
    if (const auto bias = loss->first_bias(10, .6))
      CHECK(1 / (1 + std::exp(-loss->logit(1, .6) - *bias)) == Approx(.1));
  }
  CHECK(target_of("sig_lip")->first_bias(10, .6));
  CHECK(!target_of("info_nce")->first_bias(10, .6));
  // Options of a level: equal rows read out that ratio.
  const AnyTarget spectral = target_of("spectral_contrastive", target_of("spectral_contrastive")->at_level(1.6));
  CHECK(spectral->logit(1, 1 / 1.6) == Approx(1.6));
  const AnyTarget kernel = target_of("f_micl", target_of("f_micl")->at_level(1.6));
  CHECK(kernel->shown(kernel->logit(1, .3), 10) == Approx(1.6));
}

TEST_CASE("targets of sc_info_nce contain those of DCL and InfoNCE, and sum to delta - gamma") {
  Random random(Key(3));
  const Joint joint = test::random_joint(4, random);
  const auto same = [&](const AnyTarget& a, const AnyTarget& b, int64_t batch_a, int64_t batch_b) {
    const StateMatrix x = a->target(joint, batch_a), y = b->target(joint, batch_b);
    for (size_t e = 0; e < x.values.size(); ++e) CHECK(x.values[e] == Approx(y.values[e]));
  };
  same(sc(1, 0), target_of("dcl"), 10, 10);
  same(sc(1, 0, Denominator::all), target_of("info_nce"), 10, 10);
  same(target_of("info_nce"), target_of("sig_lip"), 10, 10);
  same(target_of("nt_xent"), target_of("info_nce"), 10, 19);  // 2 * 9 negatives, and 18
  same(target_of("dcl", {{"negatives", "both_views"}}), target_of("dcl"), 10, 19);
  same(target_of("sc_info_nce", {{"delta", "1.5"}}), sc(1.5, .5), 10, 10);
  same(sc(1.3, .1, Denominator::all, PositiveWeight::published), sc(1.3, .1), 10, 10);
  same(target_of("dhel"), target_of("dcl"), 10, 10);
  same(target_of("dhel", {{"both_views", "true"}}), sc(.5, 0), 10, 10);
  same(target_of("is_info_nce"), target_of("dcl"), 10, 10);
  for (const auto& [delta, gamma] : {std::pair(1., 0.), {1.5, .5}, {1., -.2}, {.5, -.2}}) {
    const StateMatrix p = sc(delta, gamma)->target(joint, 10);
    for (int i = 0; i < 4; ++i) {
      double sum = 0;
      for (int j = 0; j < 4; ++j) sum += 9 * joint.pi[size_t(j)] * p(i, j);
      CHECK(sum == Approx(delta - gamma));
    }
  }
}

TEST_CASE("what a target is of, and over which pairs, is said") {
  CHECK(target_of("nt_xent")->shown_name() == "2 p (B - 1)");
  CHECK(target_of("dhel")->shown_name() == "p (B - 1)");
  CHECK(target_of("sig_lip")->shown_name() == "sigma (B - 1)");
  CHECK(target_of("spectral_contrastive")->shown_name() == "s");
  CHECK(f_micl("kl")->shown_name() == "a G");
  CHECK(target_of("info_nce")->pairs() == PairsOf::all);
  CHECK(target_of("dcl")->pairs() == PairsOf::negatives);
  CHECK(sc(1, 0, Denominator::all)->pairs() == PairsOf::all);
  CHECK(sc(1, 0, Denominator::all, PositiveWeight::published)->pairs() == PairsOf::negatives);
  CHECK(sc(1.5, .5)->name() == "sc_info_nce (delta 1.5, gamma 0.5, negatives, exact)");
  CHECK(sc(1, -.2, Denominator::all, PositiveWeight::published)->name() ==
        "sc_info_nce (delta 1, gamma -0.2, all, published)");
  CHECK(f_micl("vlc")->name() == "f_micl (vlc)");
  CHECK(target_of("nt_xent")->negatives(10) == 18);
  CHECK(target_of("info_nce")->negatives(10) == 9);
}

TEST_CASE("each case that free logits can be in is named and explained") {
  const Joint joint = test::example();
  const auto outcome = [&](const AnyTarget& loss) { return loss->reach(joint, 100).outcome; };
  CHECK(outcome(target_of("dcl")) == Outcome::reaches);
  CHECK(outcome(target_of("sig_lip")) == Outcome::reaches);
  CHECK(outcome(target_of("spectral_contrastive")) == Outcome::reaches);
  CHECK(outcome(f_micl("kl")) == Outcome::reaches);
  CHECK(outcome(target_of("info_nce")) == Outcome::reaches_as_batch_grows);
  CHECK(outcome(target_of("nt_xent")) == Outcome::reaches_as_batch_grows);
  CHECK(outcome(target_of("simple_contrastive")) == Outcome::linear);
  CHECK(outcome(sc(1.5, .5)) == Outcome::reaches);
  CHECK(outcome(sc(.1 * 3, -.7)) == Outcome::reaches);  // on the line but for rounding
  CHECK(outcome(sc(1, -.2)) == Outcome::drifts_up);
  CHECK(outcome(sc(.5, -.2)) == Outcome::drifts_down);
  CHECK(outcome(sc(1, 0, Denominator::negatives, PositiveWeight::published)) == Outcome::drifts_up);
  CHECK(outcome(sc(20, 19)) == Outcome::pushes_apart);

  CHECK(sc(1, -.2)->reach(joint, 100).slope[0] == Approx(-.2 * .3));
  CHECK(sc(1, -.2)->reach(joint, 100).text ==
        "delta - gamma = 1.2, not 1: the target does not sum to one, so no logits have it. Raising all logits "
        "of row i by 1 changes the loss by -0.2 pi_i wherever they are, so all drift up without end. Their "
        "differences settle where (1, 0), on the line, would have them.");
  // Both at once: c1 of states 0 and 1 is 0.
  Joint apart = joint_of({.5, .5}, {2, {1, 0, 0, 1}});
  CHECK(sc(1, -.2)->reach(apart, 100).outcome == Outcome::drifts_up);
  CHECK(sc(1, -.2)->reach(apart, 100).text ==
        "delta - gamma = 1.2, not 1: the target does not sum to one, so no logits have it. Raising all logits of "
        "row i by 1 changes the loss by -0.2 pi_i wherever they are, so all drift up without end. For states 0 and "
        "1 (c1/c2 = 0) the target asks for a probability of 0 or less: their logit falls without end.");
  CHECK(f_micl("kl")->reach(apart, 100).text ==
        "For states 0 and 1 (c1/c2 = 0) the target asks for a logit of -inf: their logit falls without end.");
  CHECK(sc(1, 0, Denominator::all, PositiveWeight::published)->reach(apart, 100).text ==
        "The published weight pulls the other logits up so far that states 0 and 1 (c1/c2 = 0) are left no "
        "probability above 0: their logit falls without end.");
  apart.names = {"cat", "dog"};
  CHECK(target_of("dcl")->reach(apart, 100).text ==
        "For states cat and dog (c1/c2 = 0) the target asks for a probability of 0 or less: their logit falls "
        "without end.");
  CHECK(sc(20, 19)->reach(joint, 100).text ==
        "For states 0 and 2 (c1/c2 = 0.8667) the target asks for a probability of 0 or less: their logit falls "
        "without end. Below delta = 7.5 it is above 0 for all states.");
  CHECK(sc(1, 0, Denominator::negatives, PositiveWeight::published)->reach(joint, 2).text ==
        "The published weight has a fixed point only where c1 < (B - 1) c2, and for state 0 that is not so: "
        "batches of 2 are too small, and descent does not settle.");
  CHECK(sc(1, 0)->note() == "");
  CHECK(sc(1.1, 1.1 - 1)->note() == "");
  CHECK(sc(.5, -.2)->note() ==
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
  CHECK_THROWS_WITH_AS(sc(1, 0)->target(joint, 1), "target: a batch of at least 2 pairs is needed, got 1", Error);
  CHECK_THROWS_WITH_AS(target_of("simple_contrastive")->target(joint, 10), "target: simple_contrastive has none",
                       Error);
  CHECK_THROWS_WITH_AS(sc(NAN, 0), "target: delta and gamma must be finite, got nan and 0", Error);
  CHECK_THROWS_WITH_AS(f_micl("kl", 0), "target: the weight of the negatives must be positive, got 0", Error);
  CHECK_THROWS_WITH_AS(divergence_target("tsallis", 1, 1),
                       "target: the order of the Tsallis divergence must be above 1, got 1", Error);
}
