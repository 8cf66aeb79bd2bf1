#include "nce/losses/theory/measure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/engine/similarity.h"
#include "support/states.h"
#include "support/threads.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;
using test::AnyTarget;
using test::f_micl;
using test::sc;
using test::target_of;

namespace {

using Labels = test::StateLabels;
using test::draw_views;
using test::random_labels;

std::vector<AnyTarget> measured_losses() {
  std::vector<AnyTarget> losses{target_of("info_nce"),
                                target_of("nt_xent"),
                                target_of("dcl"),
                                target_of("dcl", {{"negatives", "both_views"}}),
                                target_of("sig_lip"),
                                target_of("spectral_contrastive"),
                                target_of("spectral_contrastive", {{"normalised", "false"}}),
                                target_of("simple_contrastive"),
                                target_of("dhel"),
                                target_of("is_info_nce"),
                                f_micl("kl", 1, 1.5)};
  for (const Denominator d : test::kDenominators)
    for (const PositiveWeight w : test::kWeights) losses.push_back(sc(1.2, .1, d, w));
  return losses;
}

// One batch as measure.h describes it, written out over all pairs.
Measured measured_plainly(const Tensor& z1, const Tensor& z2, const Labels& labels, int states,
                          const AnyTarget& loss, double tau, double bias, double mu) {
  const bool both = loss->negatives_from() == NegativesFrom::both_views;
  const bool own = loss->negatives_from() == NegativesFrom::own_view;
  const int64_t b = z1.size(0);
  if (!loss->bounds_logits()) tau = 1;
  const auto rows = [&](const Tensor& z) { return loss->bounds_logits() ? normalize(z) : z; };
  const Tensor anchors = rows(both ? concatenate({z1, z2}) : z1);
  const Tensor candidates = rows(both ? concatenate({z1, z2}) : own ? z1 : z2);
  std::vector<int> from = labels.view1, to = labels.view2;
  if (both) from.insert(from.end(), to.begin(), to.end()), to = from;
  const std::vector<int> to_negative = own ? from : to;
  auto cosine = matmul(anchors, t(candidates)).to(DType::f64).to_vector<double>();
  const size_t n = from.size();
  const auto to_positive = paired(rows(z1), rows(z2)).to_vector<double>();
  for (size_t i = 0; own && i < n; ++i) cosine[i * n + i] = to_positive[i];
  const bool softmax = loss->couples_logits();
  const bool all_in_d = std::string(softmax ? loss->positive_name() : "") == "probability of the positive";
  Measured m{state_matrix(states), {}, state_matrix(states), state_matrix(states)};
  StateMatrix positives = state_matrix(states);
  for (size_t i = 0; i < n; ++i) {
    const size_t positive = both ? (i + size_t(b)) % n : i;
    double d = 0;
    for (size_t k = 0; k < n; ++k)
      if (!(both && k == i) && (all_in_d || k != positive)) d += std::exp(cosine[i * n + k] / tau);
    for (size_t k = 0; k < n; ++k) {
      if (both && k == i) continue;
      const double s = cosine[i * n + k] / tau;
      double value = s;
      if (softmax) value = std::exp(s) / d;
      if (loss->name() == "sig_lip") value = 1 / (1 + std::exp(-s - bias));
      if (loss->shown_name() == "a G") value = mu * std::exp(s - 1 / tau);
      const int state = k == positive ? to[k] : to_negative[k];
      if (k == positive) m.positive(from[i], state) += value, positives(from[i], state) += 1;
      if (k == positive && loss->pairs() == PairsOf::negatives) continue;
      m.mean(from[i], state) += value, m.pairs(from[i], state) += 1;
    }
  }
  for (size_t e = 0; e < m.mean.values.size(); ++e) {
    m.mean.values[e] /= m.pairs.values[e], m.positive.values[e] /= positives.values[e];
    if (loss->shown_name() == "a G") {
      m.mean.values[e] = divergences().find("kl").slope(m.mean.values[e]);
      m.positive.values[e] = divergences().find("kl").slope(m.positive.values[e]);
    }
  }
  return m;
}

void check_equal(const StateMatrix& a, const StateMatrix& b, double epsilon) {
  REQUIRE(a.values.size() == b.values.size());
  for (size_t e = 0; e < a.values.size(); ++e)
    CHECK(
        (std::isnan(b.values[e]) ? std::isnan(a.values[e]) : a.values[e] == Approx(b.values[e]).epsilon(epsilon)));
}

}  // namespace

TEST_CASE("c1 and pi are estimated within their bootstrap errors, which fall as 1/sqrt N") {
  Random random(Key(1));
  const auto [source, a] = test::random_model(4, random);
  const Joint truth = joint_of(source, a);
  double error_before = 0;
  for (const int64_t pairs : {500, 50000}) {
    const Labels labels = draw_views(source, a, pairs, random);
    const JointEstimate estimate = estimate_joint(labels.view1, labels.view2, 4);
    CHECK(estimate.pairs == pairs);
    const StateMatrix ratio = truth.ratio(), estimated = estimate.joint.ratio();
    double worst = 0, sum = 0;
    for (int i = 0; i < 4; ++i) {
      worst = std::max(worst,
                       std::abs(estimate.joint.pi[size_t(i)] - truth.pi[size_t(i)]) / estimate.pi_error[size_t(i)]);
      for (int j = 0; j < 4; ++j) {
        CHECK(estimate.joint.c1(i, j) == estimate.joint.c1(j, i));
        CHECK(estimate.joint.c2(i, j) == estimate.joint.pi[size_t(i)] * estimate.joint.pi[size_t(j)]);
        worst = std::max(worst, std::abs(estimate.joint.c1(i, j) - truth.c1(i, j)) / estimate.c1_error(i, j));
        worst = std::max(worst, std::abs(estimated(i, j) - ratio(i, j)) / estimate.ratio_error(i, j));
        sum += estimate.joint.c1(i, j);
      }
    }
    CHECK(sum == Approx(1));
    CHECK(worst < 4);    // of 24 numbers, in standard errors
    CHECK(worst > 0.5);  // and not because the errors are far too large
    if (error_before > 0) CHECK(error_before / estimate.c1_error(0, 0) == Approx(10).epsilon(0.2));
    error_before = estimate.c1_error(0, 0);
  }
}

TEST_CASE("bootstrap errors of c1, pi and c1/c2 are the spread of the estimates over samples") {
  Random random(Key(2));
  const auto [source, a] = test::random_model(3, random);
  const int repeats = 200;
  double c1_mean = 0, c1_square = 0, ratio_mean = 0, ratio_square = 0, c1_error = 0, ratio_error = 0;
  for (int r = 0; r < repeats; ++r) {
    const Labels labels = draw_views(source, a, 400, random);
    const JointEstimate e = estimate_joint(labels.view1, labels.view2, 3, {.resamples = 100, .seed = uint64_t(r)});
    const double c1 = e.joint.c1(0, 1), ratio = e.joint.ratio()(0, 1);
    c1_mean += c1 / repeats, c1_square += c1 * c1 / repeats, c1_error += e.c1_error(0, 1) / repeats;
    ratio_mean += ratio / repeats, ratio_square += ratio * ratio / repeats,
        ratio_error += e.ratio_error(0, 1) / repeats;
  }
  CHECK(c1_error == Approx(std::sqrt(c1_square - c1_mean * c1_mean)).epsilon(0.15));
  CHECK(ratio_error == Approx(std::sqrt(ratio_square - ratio_mean * ratio_mean)).epsilon(0.15));
}

TEST_CASE("a state that was never seen has no ratio") {
  const std::vector<int> one{0, 0, 1, 1, 1}, two{0, 1, 1, 1, 0};
  const JointEstimate estimate = estimate_joint(one, two, 3);
  CHECK(estimate.joint.c1(0, 1) == Approx(.2));
  CHECK(estimate.joint.pi[0] == Approx(.4));
  CHECK(std::isnan(estimate.joint.ratio()(0, 2)));
  CHECK(std::isnan(estimate.ratio_error(2, 2)));
  CHECK(estimate.joint.c1(2, 2) == 0);
}

TEST_CASE("what embeddings do between states is what all pairs written out give, for each loss") {
  Random random(Key(3));
  const int64_t n = 75;  // more than a block of rows
  const double tau = 0.3, bias = -2, mu = 1.5;
  const Labels labels = random_labels(n, 3, random);
  const Tensor z1 = Tensor::randn({n, 8}, Key(4), DType::f64), z2 = z1 + Tensor::randn({n, 8}, Key(5), DType::f64);
  for (const AnyTarget& loss : measured_losses()) {
    CAPTURE(loss->name());
    const MeasureOptions options{.temperature = tau, .bias = bias};
    const Measured plain = measured_plainly(z1, z2, labels, 4, loss, tau, bias, mu);
    const Measured ours = measure(z1, z2, labels.view1, labels.view2, 4, *loss, options);
    check_equal(ours.mean, plain.mean, 1e-10);
    check_equal(ours.positive, plain.positive, 1e-10);
    CHECK(ours.pairs.values == plain.pairs.values);
    CHECK(ours.batches == 1);
    CHECK(std::isnan(ours.error(0, 0)));  // one batch has no spread
    CHECK(std::isnan(ours.mean(3, 0)));
    const Measured f32 =
        measure(z1.to(DType::f32), z2.to(DType::f32), labels.view1, labels.view2, 4, *loss, options);
    check_equal(f32.mean, plain.mean, 1e-4);
  }
}

TEST_CASE("rows are measured batch by batch, and a last smaller batch is left out") {
  Random random(Key(6));
  const Labels labels = random_labels(25, 2, random);
  const Tensor z1 = Tensor::randn({25, 4}, Key(7), DType::f64), z2 = Tensor::randn({25, 4}, Key(8), DType::f64);
  const AnyTarget loss = target_of("nt_xent");
  const Measured together = measure(z1, z2, labels.view1, labels.view2, 2, *loss, {.batch = 10});
  CHECK(together.batches == 2);
  StateMatrix sum = state_matrix(2), pairs = state_matrix(2);
  for (const int64_t begin : {0, 10}) {
    const std::span<const int> a(labels.view1), b(labels.view2);
    const Measured part = measure(slice(z1, 0, begin, begin + 10), slice(z2, 0, begin, begin + 10),
                                  a.subspan(size_t(begin), 10), b.subspan(size_t(begin), 10), 2, *loss);
    for (size_t e = 0; e < 4; ++e)
      sum.values[e] += part.mean.values[e] * part.pairs.values[e], pairs.values[e] += part.pairs.values[e];
  }
  for (size_t e = 0; e < 4; ++e)
    CHECK(together.mean.values[e] == Approx(sum.values[e] / pairs.values[e]).epsilon(1e-12));
  CHECK(together.error(0, 0) > 0);
}

TEST_CASE("embeddings that have the logits of the target are measured at the target") {
  // Three states, each as near to the others. Then c1/c2 is one number on the diagonal and another beside it. Cosines
  // that differ by tau times the log of their ratio are those of unit vectors.
  const double stay = .6, move = .2, tau = .2;
  const std::vector<double> source(3, 1 / 3.);
  const StateMatrix a{3, {stay, move, move, move, stay, move, move, move, stay}};
  const Joint joint = joint_of(source, a);
  const StateMatrix r = joint.ratio();
  const double cosine = 1 + tau * std::log(r(0, 1) / r(0, 0)), up = std::sqrt((1 + 2 * cosine) / 3);
  std::vector<double> u;
  for (int k = 0; k < 3; ++k) {
    const double angle = 2 * M_PI * k / 3, out = std::sqrt(1 - up * up);
    u.insert(u.end(), {up, out * std::cos(angle), out * std::sin(angle)});
  }
  Random random(Key(9));
  const int64_t batch = 256, batches = 40;
  const Labels labels = draw_views(source, a, batch * batches, random);
  const Tensor table = Tensor::from(u, {3, 3});
  const Tensor z1 = index_select(table, 0, labels.view1), z2 = index_select(table, 0, labels.view2);
  for (const AnyTarget& loss : {target_of("dcl"), target_of("info_nce"), target_of("nt_xent")}) {
    CAPTURE(loss->name());
    const Measured measured =
        measure(z1, z2, labels.view1, labels.view2, 3, *loss, {.temperature = tau, .batch = batch});
    const StateMatrix goal = loss->target(joint, batch);
    const Distance off = distance(measured.mean, goal, joint);
    CHECK(off.largest_relative < 0.02);  // 1/B, and chance
    CHECK(off.mean_relative < off.largest_relative);
    for (size_t e = 0; e < 9; ++e) {
      CHECK(measured.error.values[e] > 0);
      CHECK(std::abs(measured.mean.values[e] - goal.values[e]) <
            4 * measured.error.values[e] + goal.values[e] / batch * 2);
    }
    // Another loss's target is not met.
    CHECK(distance(measured.mean, loss->target(joint, batch / 2), joint).largest_relative > 0.5);
  }
}

TEST_CASE("the bootstrap error of a measured mean is its spread over samples") {
  Random random(Key(10));
  const Tensor table = Tensor::from(test::kUnitVectors, {3, 3});
  const int repeats = 600;
  double mean = 0, square = 0, error_square = 0;
  for (int r = 0; r < repeats; ++r) {  // of few batches, four, whose own spread would be a seventh too small
    const Labels labels = draw_views(test::kSource, test::kTransition, 16 * 4, random);
    const Measured m = measure(
        index_select(table, 0, labels.view1), index_select(table, 0, labels.view2), labels.view1, labels.view2, 3,
        *target_of("dcl"), {.temperature = .5, .batch = 16, .bootstrap = {.resamples = 60, .seed = uint64_t(r)}});
    mean += m.mean(0, 1) / repeats, square += m.mean(0, 1) * m.mean(0, 1) / repeats;
    error_square += m.error(0, 1) * m.error(0, 1) / repeats;
  }
  CHECK(std::sqrt(error_square) == Approx(std::sqrt(square - mean * mean)).epsilon(0.08));
}

TEST_CASE("estimates and measurements do not depend on the number of threads") {
  Random random(Key(11));
  const Labels labels = random_labels(200, 3, random);
  const Tensor z1 = Tensor::randn({200, 16}, Key(12)), z2 = Tensor::randn({200, 16}, Key(13));
  CHECK(test::same_on_threads([&] {
    std::vector<double> values = estimate_joint(labels.view1, labels.view2, 3).ratio_error.values;
    const Measured m = measure(z1, z2, labels.view1, labels.view2, 3, *target_of("nt_xent"), {.batch = 50});
    values.insert(values.end(), m.mean.values.begin(), m.mean.values.end());
    values.insert(values.end(), m.error.values.begin(), m.error.values.end());
    return values;
  }));
}

TEST_CASE("distances name the pair of states that is farthest off") {
  const Joint joint = test::example();
  StateMatrix goal = target_of("dcl")->target(joint, 11), measured = goal;
  measured(1, 2) *= 1.5, measured(0, 0) *= .9, measured(2, 1) = NAN;
  const Distance off = distance(measured, goal, joint);
  CHECK(off.row == 1);
  CHECK(off.column == 2);
  CHECK(off.largest_relative == Approx(.5));
  CHECK(off.largest_absolute == Approx(goal(1, 2) / 2));
  const double weights = 1 - joint.c2(2, 1);
  CHECK(off.mean_relative == Approx((joint.c2(1, 2) * .5 + joint.c2(0, 0) * .1) / weights));
  // The line through points: numpy.corrcoef and numpy.polyfit of the six pairs of two states without the last, and so on.
  StateMatrix one = state_matrix(2), other = state_matrix(2);
  one.values = {1, 2, 3, 5}, other.values = {2, 1, 4, 8};
  const Joint two = joint_with({2, {.25, .25, .25, .25}});
  const Distance line = distance(other, one, two);
  CHECK(line.correlation == Approx(0.9299702793).epsilon(1e-9));
  CHECK(line.slope == Approx(1.6857142857).epsilon(1e-9));
  CHECK(line.correlation_apart == Approx(1));
  CHECK(distance(one, one, two).slope == Approx(1));
  other.values = {2, 1, 1, 2}, one.values = {1, 1, 1, 1};
  CHECK(std::isnan(distance(other, one, two).slope));
  CHECK(std::isnan(distance(one, other, two).correlation));
  goal(1, 2) = 0;  // no relative distance
  CHECK(distance(measured, goal, joint).largest_relative == Approx(.1));
}

TEST_CASE("labels and batches that do not fit are refused with the reason") {
  const std::vector<int> three{0, 1, 1}, two{0, 1}, high{0, 1, 2}, none;
  CHECK_THROWS_WITH_AS(estimate_joint(none, none, 2), "estimate_joint: no pairs", Error);
  CHECK_THROWS_WITH_AS(estimate_joint(three, two, 2),
                       "estimate_joint: 3 pairs need as many state labels of either view, got 3 and 2", Error);
  CHECK_THROWS_WITH_AS(estimate_joint(three, high, 2), "estimate_joint: state 2 of pair 2 is not one of 0 .. 1",
                       Error);
  CHECK_THROWS_WITH_AS(estimate_joint(three, three, 0), "estimate_joint: at least 1 state is needed, got 0", Error);
  CHECK_THROWS_WITH_AS(estimate_joint(three, three, 2, {.resamples = 1}),
                       "estimate_joint: at least 2 bootstrap resamples are needed, got 1", Error);
  const Tensor z = Tensor::ones({3, 2});
  CHECK_THROWS_WITH_AS(measure(z, Tensor::ones({4, 2}), three, three, 2, *target_of("dcl")),
                       "measure: views of one shape (N, d) are needed, got (3, 2) and (4, 2)", Error);
  CHECK_THROWS_WITH_AS(measure(z, z, three, two, 2, *target_of("dcl")),
                       "measure: 3 pairs need as many state labels of either view, got 3 and 2", Error);
  CHECK_THROWS_WITH_AS(measure(z, z, three, three, 2, *target_of("dcl"), {.batch = 4}),
                       "measure: a batch of 4 pairs cannot be taken from 3", Error);
  CHECK_THROWS_WITH_AS(measure(z, z, three, three, 2, *target_of("dcl"), {.temperature = 0}),
                       "measure: temperature must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(measure(z, z.to(DType::f64), three, three, 2, *target_of("dcl")),
                       "measure: the views have two dtypes, f32 and f64", Error);
  const Joint joint = test::example();
  CHECK_THROWS_WITH_AS(distance(state_matrix(2), state_matrix(3), joint),
                       "distance: 2 states measured, 3 of the target, 3 of the joint distribution", Error);
}
