// What tells the losses of the family apart: their values where these are known, and what each becomes at the ends
// of its options.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "nce/core/error.h"
#include "nce/losses/barlow_twins.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/f_micl.h"
#include "nce/losses/gkcl.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/moco.h"
#include "nce/losses/negative_cosine.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/spectral_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/triplet.h"
#include "nce/losses/vicreg.h"
#include "support/gradcheck.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;
using doctest::Approx;

namespace {

constexpr double kTau = 0.25;
constexpr int64_t kN = 7, kD = 9;

Temperature learned(const Tensor& log_scale) {
  Temperature temperature = 1;
  temperature.log_scale = log_scale;
  return temperature;
}

double softplus_of(double x) { return std::log1p(std::exp(x)); }

// A loss of two views, with the value it has on collapsed embeddings and on pairs that are aligned and at right
// angles to each other.
struct Row {
  std::string name;
  std::function<Tensor(const Tensor& z1, const Tensor& z2)> loss;
  double collapsed, aligned;
  bool symmetric = false;  // in the two views
  bool normalised = true;  // lengths do not matter
};

MemoryQueue queue_of(const Tensor& rows) {
  MemoryQueue queue(rows.size(0), rows.size(1), Key(1), rows.dtype());
  queue.load_state_dict({{"rows", rows}, {"next", Tensor::scalar(0, DType::f64)}});
  return queue;
}

std::vector<Row> table() {
  const double n = double(kN), d = double(kD), top = 1 / kTau;
  const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6};
  const double ntxent = std::log(1 + (2 * n - 2) * std::exp(-top));  // aligned: the negatives' cosines are 0
  std::vector<Row> rows{
      {"dcl", [](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau}); }, std::log(n - 1),
       std::log(n - 1) - top},
      {"dcl both views", [](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau, .both_views = true}); },
       std::log(2 * n - 2), std::log(2 * n - 2) - top},
      {"dcl as published",
       [](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau, .both_views = true, .symmetric = true}); },
       std::log(2 * n - 2), std::log(2 * n - 2) - top, true},
      {"dclw", [](auto& a, auto& b) { return dclw(a, b, {.temperature = kTau, .symmetric = true}); },
       std::log(n - 1), std::log(n - 1) - top, true},
      {"dhel", [](auto& a, auto& b) { return dhel(a, b, {.temperature = kTau}); }, std::log(n - 1),
       std::log(n - 1) - top},
      {"dhel both views", [](auto& a, auto& b) { return dhel(a, b, {.temperature = kTau, .both_views = true}); },
       2 * std::log(n - 1) + top, 2 * std::log(n - 1) - top, true},
      {"gkcl", [](auto& a, auto& b) { return gkcl(a, b); }, 30, -2 + 32 * std::exp(-4), true},
      {"is_info_nce", [](auto& a, auto& b) { return is_info_nce(a, b, {.temperature = kTau}); }, std::log(n),
       std::log(1 + (n - 1) * std::exp(-top))},
      {"simple_contrastive", [](auto& a, auto& b) { return simple_contrastive(a, b, {.temperature = kTau}); }, 0,
       -top, true},
      {"sup_con", [=](auto& a, auto& b) { return sup_con(a, b, labels, {.temperature = kTau}); },
       std::log(2 * n - 1), ntxent, true},
      {"sig_lip", [](auto& a, auto& b) { return sig_lip(a, b, {.temperature = kTau, .bias = -1}); },
       softplus_of(1 - top) + (n - 1) * softplus_of(top - 1), softplus_of(1 - top) + (n - 1) * softplus_of(-1),
       true},
      {"triplet", [](auto& a, auto& b) { return triplet(a, b, {.margin = 2.5}); }, 2.5, 0.5},
      {"soft triplet", [](auto& a, auto& b) { return triplet(a, b, {.soft = true, .temperature = kTau}); },
       std::log(2), softplus_of(-top)},
      {"spectral_contrastive", [](auto& a, auto& b) { return spectral_contrastive(a, b, {.temperature = kTau}); },
       -2 * top + top * top, -2 * top, true},
      {"spectral_contrastive of rows as they are",
       [](auto& a, auto& b) { return spectral_contrastive(a, b, {.normalised = false}); }, -2 * d + d * d, -2, true,
       false},
      {"debiased_info_nce", [](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = kTau}); },
       std::log(2 * n - 1), std::log(1 + (2 * n - 2) * std::exp(-2 * top)), true},
      {"hard_info_nce", [](auto& a, auto& b) { return hard_info_nce(a, b, {.temperature = kTau, .tau_plus = 0}); },
       std::log(2 * n - 1), ntxent, true},
      {"barlow_twins", [](auto& a, auto& b) { return barlow_twins(a, b); }, d, NAN, true, false},
      {"vicreg", [](auto& a, auto& b) { return vicreg(a, b); }, 25 * 0.99, NAN, true, false},
      {"negative_cosine", [](auto& a, auto& b) { return negative_cosine(a, b); }, -1, -1, true},
      {"moco",
       [](auto& a, auto& b) {
         return moco(a, b, queue_of(Tensor::ones({5, kD}, DType::f64)), {.temperature = kTau});
       },
       std::log(6), NAN, false}};
  for (const Divergence& divergence : divergences()) {
    const double alpha = 3, mu = 0.7, far = mu * std::exp(-top);
    const auto slope = divergence.slope;
    const auto negative = [&](double u) { return divergence.conjugate(slope(u)); };
    rows.push_back({"f_micl " + divergence.name,
                    [=, name = divergence.name](auto& a, auto& b) {
                      return f_micl(a, b, {.divergence = name, .temperature = kTau, .alpha = alpha, .mu = mu});
                    },
                    -slope(mu) + alpha * negative(mu), -slope(mu) + alpha * negative(far), true});
  }
  return rows;
}

std::vector<double> gradients(const std::function<Tensor(const Tensor&, const Tensor&)>& loss, const Tensor& z1,
                              const Tensor& z2) {
  Tensor a = z1.detach().set_requires_grad(true), b = z2.detach().set_requires_grad(true);
  loss(a, b).backward();
  std::vector<double> all = a.grad().to_vector<double>();
  const auto second = b.grad().to_vector<double>();
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

// Both losses are one, value and gradients.
void check_same(const std::function<Tensor(const Tensor&, const Tensor&)>& x,
                const std::function<Tensor(const Tensor&, const Tensor&)>& y) {
  const Tensor a = Tensor::randn({kN, kD}, Key(1), DType::f64), b = a + Tensor::randn({kN, kD}, Key(2), DType::f64);
  CHECK(x(a, b).item() == Approx(y(a, b).item()).epsilon(1e-12));
  const auto gx = gradients(x, a, b), gy = gradients(y, a, b);
  for (size_t i = 0; i < gx.size(); ++i) CHECK(std::abs(gx[i] - gy[i]) < 1e-12);
}

}  // namespace

TEST_CASE("collapsed embeddings, and aligned ones at right angles, give the closed forms of the headers") {
  const Tensor collapsed = Tensor::ones({kN, kD}, DType::f64);
  std::vector<double> unit(size_t(kN * kD));
  for (int64_t i = 0; i < kN; ++i) unit[size_t(i * kD + i)] = 1;
  const Tensor aligned = Tensor::from(unit, {kN, kD});
  for (const Row& row : table()) {
    CAPTURE(row.name);
    CHECK(row.loss(collapsed, collapsed).item() == Approx(row.collapsed).epsilon(1e-10).scale(1));
    if (!std::isnan(row.aligned))
      CHECK(row.loss(aligned, aligned).item() == Approx(row.aligned).epsilon(1e-10).scale(1));
  }
}

TEST_CASE("the order of pairs, rotations, lengths and the order of views matter to no loss that says so") {
  const Tensor a = Tensor::randn({kN, kD}, Key(1), DType::f64), b = a + Tensor::randn({kN, kD}, Key(2), DType::f64);
  const std::vector<int> order{3, 1, 6, 0, 2, 5, 4};
  // A reflection at the hyperplane of a random vector.
  const Tensor v = normalize(Tensor::randn({kD, 1}, Key(3), DType::f64), 0);
  const auto reflected = [&](const Tensor& z) { return z - matmul(matmul(z, v), t(v)) * 2.0; };
  const Tensor lengths = exp(Tensor::randn({kN, 1}, Key(4), DType::f64));
  for (const Row& row : table()) {
    CAPTURE(row.name);
    const double value = row.loss(a, b).item();
    const auto same = Approx(value).epsilon(1e-10).scale(1);
    CHECK(row.loss(index_select(a, 0, order), index_select(b, 0, order)).item() == same);
    if (row.name != "barlow_twins" && row.name != "vicreg" && row.name != "moco")  // moco's queue stays
      CHECK(row.loss(reflected(a), reflected(b)).item() == same);
    if (row.normalised) CHECK(row.loss(a * lengths, b).item() == same);
    if (!row.normalised && row.name != "barlow_twins") CHECK(row.loss(a * lengths, b).item() != same);
    CHECK((row.loss(b, a).item() == same) == row.symmetric);
  }
}

TEST_CASE("losses become one another at the ends of their options") {
  check_same([](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau}); },
             [](auto& a, auto& b) { return sc_info_nce(a, b, {.temperature = kTau}); });
  check_same([](auto& a, auto& b) { return dclw(a, b, {.temperature = kTau, .sigma = 1e13}); },
             [](auto& a, auto& b) { return dcl(a, b, {.temperature = kTau}); });
  check_same([](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = kTau, .tau_plus = 0}); },
             [](auto& a, auto& b) { return nt_xent(a, b, {.temperature = kTau}); });
  check_same([](auto& a, auto& b) { return hard_info_nce(a, b, {.temperature = kTau, .beta = 0}); },
             [](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = kTau}); });
  const std::vector<int> all_differ{4, 9, -1, 3, 0, 8, 7};
  check_same([&](auto& a, auto& b) { return sup_con(a, b, all_differ, {.temperature = kTau}); },
             [](auto& a, auto& b) { return nt_xent(a, b, {.temperature = kTau}); });
  check_same([](auto& a, auto& b) { return is_info_nce(a, b, a, {.temperature = kTau}); },
             [](auto& a, auto& b) { return is_info_nce(a, b, {.temperature = kTau}); });
  check_same([](auto& a, auto& b) { return is_info_nce(a, b, b, {.temperature = kTau}); },
             [](auto& a, auto& b) { return info_nce(a, b, {.temperature = kTau}); });
}

TEST_CASE("temperature and bias are learned: their derivatives agree with central differences") {
  using Learned = std::function<Tensor(const Tensor& a, const Tensor& b, const Tensor& scale, const Tensor& bias)>;
  const std::vector<int> labels{0, 1, 1, 0, 2, 1, 3};
  struct Case {
    std::string name;
    Learned loss;
  };
  for (const Case& c : std::vector<Case>{
           {"info_nce", [](auto&a, auto&b, auto&s, auto&) { return info_nce(a, b, {.temperature = learned(s)}); }},
           {"nt_xent", [](auto&a, auto&b, auto&s, auto&) { return nt_xent(a, b, {.temperature = learned(s)}); }},
           {"sc_info_nce", [](auto&a, auto&b, auto&s,
                              auto&) { return sc_info_nce(a, b, {.temperature = learned(s), .delta = 1.5}); }},
           {"dcl", [](auto&a, auto&b, auto&s, auto&) { return dcl(a, b, {.temperature = learned(s)}); }},
           {"dclw", [](auto&a, auto&b, auto&s,
                       auto&) { return dclw(a.detach(), b, {.temperature = learned(s)}) + sum(a); }},
           {"dhel", [](auto&a, auto&b, auto&s, auto&) { return dhel(a, b, {.temperature = learned(s)}); }},
           {"is_info_nce",
            [](auto&a, auto&b, auto&s, auto&) { return is_info_nce(a, b, {.temperature = learned(s)}); }},
           {"sup_con",
            [&](auto&a, auto&b, auto&s, auto&) { return sup_con(a, b, labels, {.temperature = learned(s)}); }},
           {"sig_lip", [](auto&a, auto&b, auto&s, auto&bias) {
              return sig_lip(a, b, {.temperature = learned(s), .logit_bias = bias});
            }}}) {
    CAPTURE(c.name);
    const Tensor a = Tensor::randn({kN, 4}, Key(1), DType::f64), b = a + Tensor::randn({kN, 4}, Key(2), DType::f64);
    // dclw's weights depend on the embeddings without a gradient: only the temperature is checked there.
    const bool fixed = c.name == "dclw";
    const GradientReport report = check_gradient(
        [&](auto& x) {
          return c.loss(fixed ? a : x[2], fixed ? b : x[3], x[0], x[1]) + sum(x[1]) * 0.1 + sum(x[2]) + sum(x[3]);
        },
        {Tensor::from({1.2}, {1}, DType::f64), Tensor::from({-2}, {}, DType::f64), a, b});
    CHECK(report.deviation < 1e-6);
    CHECK(report.largest > 1e-3);
  }
  const Tensor z = Tensor::randn({4, 3}, Key(1), DType::f64);
  CHECK(dcl(z, z, {.temperature = 0.2}).item() ==
        Approx(dcl(z, z, {.temperature = learned(Tensor::scalar(std::log(5), DType::f64))}).item()).epsilon(1e-12));
}

TEST_CASE("DCLW weights far pairs more, by 1 in the mean, and leaves them out of the gradient") {
  // Two orthogonal anchors, one aligned with its view and one at a right angle.
  const Tensor a = Tensor::from({1, 0, 0, 0, 1, 0}, {2, 3}, DType::f64);
  const Tensor b = Tensor::from({1, 0, 0, 0, 0, 1}, {2, 3}, DType::f64);
  const double near = 2 - 2 * std::exp(2) / (std::exp(2) + 1), far = 2 - 2 / (std::exp(2) + 1);
  CHECK(near + far == Approx(2));
  CHECK(far > near);
  CHECK(dclw(a, b, {.temperature = 0.5}).item() == Approx((-near * 2 + 0) / 2).epsilon(1e-12));
}

TEST_CASE("SupCon leaves rows without a positive out as anchors, not as negatives") {
  const Tensor z = Tensor::randn({4, 3}, Key(1), DType::f64);
  const std::vector<int> labels{5, 5, -3, 8};
  const Tensor s = matmul(normalize(z), t(normalize(z))) * 10.0;
  const auto v = s.to_vector<double>();
  double expected = 0;
  for (size_t i : {0, 1}) {
    double total = 0;
    for (size_t k = 0; k < 4; ++k) total += k == i ? 0 : std::exp(v[i * 4 + k]);
    expected += (std::log(total) - v[1]) / 2;
  }
  CHECK(sup_con(z, labels).item() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("a debiased estimate below the least possible is that least, and gives the negatives no gradient") {
  // Aligned pairs at right angles: mean exp(0) = 1 is less than tau_plus exp(1 / temperature).
  const Tensor a = Tensor::from({1, 0, 0, 1}, {2, 2}, DType::f64);
  const double tau = 0.2;
  CHECK(debiased_info_nce(a, a, {.temperature = tau, .tau_plus = 0.5}).item() ==
        Approx(std::log(1 + 2 * std::exp(-2 / tau))).epsilon(1e-12));
  for (const double g : gradients(
           [=](auto&x, auto&y) { return debiased_info_nce(x, y, {.temperature = tau, .tau_plus = 0.5}); }, a, a))
    CHECK(std::isfinite(g));
}

TEST_CASE("simple_contrastive has constant derivatives: the same gradient at every temperature, scaled") {
  const Tensor a = Tensor::randn({kN, kD}, Key(1), DType::f64), b = Tensor::randn({kN, kD}, Key(2), DType::f64);
  const auto one = gradients([](auto& x, auto& y) { return simple_contrastive(x, y); }, a, b);
  const auto ten = gradients([](auto& x, auto& y) { return simple_contrastive(x, y, {.temperature = 0.1}); }, a, b);
  for (size_t i = 0; i < one.size(); ++i) CHECK(ten[i] == Approx(10 * one[i]).epsilon(1e-10));
}

TEST_CASE("negative_cosine stops the gradient of its target unless told not to") {
  Tensor p = Tensor::randn({3, 4}, Key(1)).set_requires_grad(true),
         z = Tensor::randn({3, 4}, Key(2)).set_requires_grad(true);
  negative_cosine(p, z).backward();
  CHECK(p.grad().defined());
  CHECK(!z.grad().defined());
  negative_cosine(p, z, {.stop_gradient = false}).backward();
  CHECK(z.grad().defined());
}

TEST_CASE("the memory queue keeps the newest rows, at length 1, and goes on from its state") {
  MemoryQueue queue(5, 2, Key(1), DType::f64);
  CHECK(queue.rows().shape() == Shape{5, 2});
  for (const double x : sum(square(queue.rows()), 1).to_vector<double>()) CHECK(x == Approx(1));
  const auto before = queue.rows().to_vector<double>();
  const auto batch = [](double first,
                        int64_t n) {  // rows (0, first), (0, first + 1), ... at angles told apart by sign
    std::vector<double> values;
    for (int64_t i = 0; i < n; ++i) values.push_back(first + double(i)), values.push_back(10);
    return Tensor::from(values, {n, 2});
  };
  const auto angle = [&](int64_t row) {
    const auto v = queue.rows().to_vector<double>();
    return 10 * v[size_t(row * 2)] / v[size_t(row * 2 + 1)];
  };
  queue.push(batch(1, 3));
  for (int64_t i = 0; i < 3; ++i) CHECK(angle(i) == Approx(1 + double(i)));
  const auto half = queue.rows().to_vector<double>();
  CHECK(std::equal(half.begin() + 6, half.end(), before.begin() + 6));
  queue.push(batch(4, 3));  // wraps: 6 stands in the place of 1
  CHECK(angle(3) == Approx(4));
  CHECK(angle(4) == Approx(5));
  CHECK(angle(0) == Approx(6));
  CHECK(angle(1) == Approx(2));

  MemoryQueue copy(5, 2, Key(9), DType::f64);
  copy.load_state_dict(queue.state_dict());
  for (MemoryQueue* q : {&queue, &copy}) q->push(batch(7, 7));  // more than fit: the last five
  CHECK(copy.rows().to_vector<double>() == queue.rows().to_vector<double>());
  std::vector<double> kept;
  for (int64_t i = 0; i < 5; ++i) kept.push_back(std::round(angle(i)));
  std::sort(kept.begin(), kept.end());
  CHECK(kept == std::vector<double>{9, 10, 11, 12, 13});

  CHECK_THROWS_WITH_AS(queue.push(Tensor::ones({2, 3}, DType::f64)),
                       "MemoryQueue: rows of 2 elements of f64 are needed, got (2, 3) f64", Error);
  CHECK_THROWS_WITH_AS(MemoryQueue(4, 2, Key(1), DType::f64).load_state_dict(queue.state_dict()),
                       "MemoryQueue: rows are (4, 2) here and (5, 2) in what is loaded", Error);
  CHECK_THROWS_WITH_AS(queue.load_state_dict({}), "MemoryQueue: 'rows' and 'next' make its state, got 0 tensors",
                       Error);
}

TEST_CASE("a backward pass may come after a push: it is that of the queue as it was") {
  const Tensor keys = Tensor::randn({2, 3}, Key(3));
  const auto gradient = [&](bool push_before) {
    MemoryQueue queue(4, 3, Key(1));
    Tensor q = Tensor::randn({2, 3}, Key(2)).set_requires_grad(true);
    const Tensor loss = moco(q, keys, queue);
    if (push_before) queue.push(keys);
    loss.backward();
    return q.grad().to_vector<float>();
  };
  CHECK(gradient(true) == gradient(false));
}

TEST_CASE("what a loss of the family cannot use is refused with the reason") {
  const Tensor one = Tensor::ones({1, 3}), a = Tensor::ones({4, 3}), b = Tensor::ones({5, 3});
  for (const Row& row : table()) {
    const std::string name = row.name.starts_with("soft") ? "triplet" : row.name.substr(0, row.name.find(' '));
    CAPTURE(name);
    if (name == "moco") continue;  // its queue has another dtype and width
    CHECK_THROWS_WITH_AS(row.loss(a, b),
                         (name + ": two views of one shape (N, d) are needed, got (4, 3) and (5, 3)").c_str(),
                         Error);
    if (name != "is_info_nce" && name != "sup_con" && name != "sig_lip" && name != "negative_cosine")
      CHECK_THROWS_WITH_AS(row.loss(one, one), (name + ": at least 2 pairs are needed, got 1").c_str(), Error);
  }
  CHECK_THROWS_WITH_AS(dcl(a, a, {.temperature = 0}), "dcl: temperature must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(dclw(a, a, {.sigma = 0}), "dclw: sigma must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(gkcl(a, a, {.kernel = 0}), "gkcl: kernel must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(f_micl(a, a, {.order = 1}), "f_micl: order must be above 1, got 1", Error);
  CHECK_THROWS_WITH_AS(f_micl(a, a, {.mu = 0}), "f_micl: mu must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(triplet(a, a, {.margin = -1}), "triplet: margin must be at least 0, got -1", Error);
  CHECK_THROWS_WITH_AS(hard_info_nce(a, a, {.beta = -1}), "hard_info_nce: beta must be at least 0, got -1", Error);
  CHECK_THROWS_WITH_AS(hard_info_nce(a, a, {.tau_plus = 1}),
                       "hard_info_nce: tau_plus must be at least 0 and below 1, got 1", Error);
  CHECK_THROWS_WITH_AS(debiased_info_nce(a, a, {.tau_plus = -0.5}),
                       "debiased_info_nce: tau_plus must be at least 0 and below 1, got -0.5", Error);
  CHECK_THROWS_WITH_AS(sup_con(a, std::vector<int>{1, 2, 3, 4}),
                       "sup_con: no two of 4 rows have one label: there is no positive", Error);
  CHECK_THROWS_WITH_AS(sup_con(a, std::vector<int>{1, 1}),
                       "sup_con: one label a row is needed, got 2 labels for 4 rows", Error);
  CHECK_THROWS_WITH_AS(sup_con(a, a, std::vector<int>{1, 1}),
                       "sup_con: one label a pair is needed, got 2 labels for 4 pairs", Error);
  CHECK_THROWS_WITH_AS(sig_lip(a, a, {.logit_bias = Tensor::ones({2})}),
                       "sig_lip: logit_bias must have one element, got (2,)", Error);
  CHECK_THROWS_WITH_AS(
      moco(a, a, MemoryQueue(5, 2, Key(1))),
      "logsumexp_pairs: rows of one length and one dtype are needed, got (4, 3) f32 and (5, 2) f32", Error);
}
