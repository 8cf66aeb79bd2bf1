#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/dcl.h"
#include "nce/losses/debiased_info_nce.h"
#include "nce/losses/dhel.h"
#include "nce/losses/hard_info_nce.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/is_info_nce.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/sig_lip.h"
#include "nce/losses/simple_contrastive.h"
#include "nce/losses/sup_con.h"
#include "nce/losses/triplet.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

using Loss = std::function<Tensor(const Tensor&, const Tensor&)>;

// Those that divide cosines by a temperature.
std::vector<std::pair<std::string, Loss>> all_losses(double temperature) {
  std::vector<std::pair<std::string, Loss>> losses{
      {"dcl", [=](auto& a, auto& b) { return dcl(a, b, {.temperature = temperature}); }},
      {"dcl as published",
       [=](auto& a, auto& b) {
         return dcl(a, b, {.temperature = temperature, .both_views = true, .symmetric = true});
       }},
      {"dclw", [=](auto& a, auto& b) { return dclw(a, b, {.temperature = temperature}); }},
      {"dhel", [=](auto& a, auto& b) { return dhel(a, b, {.temperature = temperature, .both_views = true}); }},
      {"is_info_nce", [=](auto& a, auto& b) { return is_info_nce(a, b, {.temperature = temperature}); }},
      {"debiased_info_nce",
       [=](auto& a, auto& b) { return debiased_info_nce(a, b, {.temperature = temperature}); }},
      {"hard_info_nce", [=](auto& a, auto& b) { return hard_info_nce(a, b, {.temperature = temperature}); }},
      {"sig_lip", [=](auto& a, auto& b) { return sig_lip(a, b, {.temperature = temperature}); }},
      {"soft triplet", [=](auto& a, auto& b) { return triplet(a, b, {.soft = true, .temperature = temperature}); }},
      {"simple_contrastive",
       [=](auto& a, auto& b) { return simple_contrastive(a, b, {.temperature = temperature}); }},
      {"sup_con",
       [=](auto& a, auto& b) {
         std::vector<int> labels(size_t(a.size(0)));
         std::iota(labels.begin(), labels.end(), 0);
         return sup_con(a, b, labels, {.temperature = temperature});
       }},
      {"nt_xent", [=](auto& a, auto& b) { return nt_xent(a, b, {.temperature = temperature}); }},
      {"info_nce", [=](auto& a, auto& b) { return info_nce(a, b, {.temperature = temperature}); }},
      {"info_nce symmetric",
       [=](auto& a, auto& b) { return info_nce(a, b, {.temperature = temperature, .symmetric = true}); }}};
  for (auto denominator : {Denominator::negatives, Denominator::all})
    for (auto weight : {PositiveWeight::exact, PositiveWeight::published})
      losses.push_back({std::string("sc_info_nce") + (denominator == Denominator::all ? " all" : " negatives") +
                            (weight == PositiveWeight::exact ? " exact" : " published"),
                        [=](auto& a, auto& b) {
                          return sc_info_nce(a, b,
                                             {.temperature = temperature,
                                              .delta = 1.3,
                                              .gamma = -0.2,
                                              .denominator = denominator,
                                              .positive_weight = weight});
                        }});
  return losses;
}

Tensor leaf(const Tensor& x) { return x.detach().set_requires_grad(true); }

constexpr double kSmallest = std::numeric_limits<float>::min();  // below it f32 has nothing to be near to

// Largest difference over the largest magnitude of `reference`; infinite where an entry is not finite.
double deviation(const Tensor& x, const Tensor& reference) {
  const auto v = x.to_vector<double>(), r = reference.to_vector<double>();
  double largest = 0, difference = 0;
  for (size_t i = 0; i < r.size(); ++i) {
    if (!std::isfinite(v[i]) || !std::isfinite(r[i])) return INFINITY;
    largest = std::max(largest, std::abs(r[i]));
    difference = std::max(difference, std::abs(v[i] - r[i]));
  }
  return difference / std::max(largest, kSmallest);
}

}  // namespace

TEST_CASE("collapsed embeddings give the closed forms") {
  const int64_t n = 7;
  const Tensor z = Tensor::ones({n, 4}, DType::f64);
  const double tau = 0.25;
  CHECK(nt_xent(z, z, {.temperature = tau}).item() == Approx(std::log(2 * n - 1.0)).epsilon(1e-12));
  CHECK(info_nce(z, z, {.temperature = tau}).item() == Approx(std::log(double(n))).epsilon(1e-12));
  const auto sc = [&](Denominator d, PositiveWeight w) {
    return sc_info_nce(z, z,
                       {.temperature = tau, .delta = 1.5, .gamma = 0.2, .denominator = d, .positive_weight = w})
        .item();
  };
  const double shift = (1 - 1.5 + 0.2) / tau;
  CHECK(sc(Denominator::negatives, PositiveWeight::exact) == Approx(std::log(n - 1.0) + shift).epsilon(1e-12));
  CHECK(sc(Denominator::all, PositiveWeight::exact) == Approx(std::log(double(n)) + shift).epsilon(1e-12));
  CHECK(sc(Denominator::negatives, PositiveWeight::published) ==
        Approx(std::log(n - 1.0) + shift - 1.0 / (n - 1) / tau).epsilon(1e-12));
  CHECK(sc(Denominator::all, PositiveWeight::published) ==
        Approx(std::log(double(n)) + shift - 1.0 / n / tau).epsilon(1e-12));
}

TEST_CASE("sc_info_nce with delta 1 and gamma 0 is InfoNCE (all) and DCL (negatives), gradients too") {
  const Tensor a = Tensor::randn({6, 5}, Key(1), DType::f64), b = Tensor::randn({6, 5}, Key(2), DType::f64);
  Tensor x = leaf(a), y = leaf(a);
  Tensor ours = sc_info_nce(x, b, {.temperature = 0.2, .delta = 1, .gamma = 0, .denominator = Denominator::all});
  Tensor info = info_nce(y, b, {.temperature = 0.2});
  CHECK(ours.item() == Approx(info.item()).epsilon(1e-12));
  ours.backward(), info.backward();
  const auto gx = x.grad().to_vector<double>(), gy = y.grad().to_vector<double>();
  for (size_t i = 0; i < gx.size(); ++i) CHECK(gx[i] == Approx(gy[i]).epsilon(1e-9));

  // DCL written out: mean of -s_ii + log of the sum over the others.
  const Tensor s = matmul(normalize(a), t(normalize(b))) * 5.0;
  const auto v = s.to_vector<double>();
  double dcl = 0;
  for (size_t i = 0; i < 6; ++i) {
    double sum = 0;
    for (size_t k = 0; k < 6; ++k) sum += k == i ? 0 : std::exp(v[i * 6 + k]);
    dcl += (std::log(sum) - v[i * 6 + i]) / 6;
  }
  CHECK(sc_info_nce(a, b, {.temperature = 0.2}).item() == Approx(dcl).epsilon(1e-12));
}

TEST_CASE("gamma left unset is delta - 1") {
  const Tensor a = Tensor::randn({6, 5}, Key(1), DType::f64), b = Tensor::randn({6, 5}, Key(2), DType::f64);
  CHECK(sc_info_nce(a, b, {.delta = 1.5}).item() == sc_info_nce(a, b, {.delta = 1.5, .gamma = 0.5}).item());
  CHECK(sc_info_nce(a, b, {.delta = 1.5}).item() != sc_info_nce(a, b, {.delta = 1.5, .gamma = 0}).item());
}

TEST_CASE("the order of the pairs does not matter") {
  const Tensor a = Tensor::randn({8, 5}, Key(1), DType::f64), b = Tensor::randn({8, 5}, Key(2), DType::f64);
  std::vector<int> order{3, 1, 7, 0, 2, 6, 5, 4};
  for (const auto& named : all_losses(0.2)) {
    const auto& loss = named.second;
    CAPTURE(named.first);
    const double shuffled = loss(index_select(a, 0, order), index_select(b, 0, order)).item();
    CHECK(loss(a, b).item() == Approx(shuffled).epsilon(1e-12));
  }
}

TEST_CASE("at temperature 0.005 values and gradients in f32 are finite and those of f64 to 1e-4") {
  const double tau = 0.005, tolerance = 1e-4;
  for (const int64_t n : {16, 256})
    for (const double noise : {1e9, 1., 0.1, 0.01}) {  // views from unrelated to nearly aligned
      const int64_t d = 128;
      const Tensor a = Tensor::randn({n, d}, Key(1));
      const Tensor b = noise > 1 ? Tensor::randn({n, d}, Key(2)) : a + Tensor::randn({n, d}, Key(2)) * noise;
      for (const auto& named : all_losses(tau)) {
        const auto& loss = named.second;
        CAPTURE(named.first);
        CAPTURE(n);
        CAPTURE(noise);
        Tensor a32 = leaf(a), b32 = leaf(b), a64 = leaf(a.to(DType::f64)), b64 = leaf(b.to(DType::f64));
        Tensor l32 = loss(a32, b32), l64 = loss(a64, b64);
        CHECK(std::isfinite(l32.item()));
        // Relative, down to the smallest number that f32 has.
        CHECK(std::abs(l32.item() - l64.item()) <= tolerance * std::abs(l64.item()) + kSmallest);
        l32.backward(), l64.backward();
        CHECK(deviation(a32.grad(), a64.grad()) < tolerance);
        CHECK(deviation(b32.grad(), b64.grad()) < tolerance);
      }
    }
}

TEST_CASE("derivatives of sc_info_nce by the similarities are those that its targets follow from") {
  // theory.md's table, for one batch: N times the derivative by s_ii and by s_ik, taken on to z1 and z2.
  const int64_t n = 7;
  const double tau = 0.4;
  for (const double delta : {1.0, 1.5, 0.5})
    for (const double gamma : {0.0, 0.5, -0.2})
      for (const Denominator denominator : {Denominator::negatives, Denominator::all})
        for (const PositiveWeight weight : {PositiveWeight::exact, PositiveWeight::published}) {
          Tensor z1 = leaf(Tensor::randn({n, 4}, Key(3), DType::f64)),
                 z2 = leaf(Tensor::randn({n, 4}, Key(4), DType::f64));
          sc_info_nce(z1, z2,
                      {.temperature = tau,
                       .delta = delta,
                       .gamma = gamma,
                       .denominator = denominator,
                       .positive_weight = weight})
              .backward();
          Tensor y1 = leaf(z1), y2 = leaf(z2);
          const Tensor s = matmul(normalize(y1), t(normalize(y2))) * (1 / tau);
          const auto values = s.to_vector<double>();
          std::vector<double> derivative(values.size());
          for (int64_t i = 0; i < n; ++i) {
            double sum = 0;
            for (int64_t k = 0; k < n; ++k)
              if (k != i || denominator == Denominator::all) sum += std::exp(values[size_t(i * n + k)]);
            for (int64_t k = 0; k < n; ++k) {
              const double p = std::exp(values[size_t(i * n + k)]) / sum;
              double expected = p + gamma / double(n - 1);
              if (k == i)
                expected = -delta + (denominator == Denominator::all ? p : 0) -
                           (weight == PositiveWeight::published ? p : 0);
              derivative[size_t(i * n + k)] = expected / double(n);
            }
          }
          s.backward(Tensor::from(derivative, {n, n}));
          CHECK(deviation(z1.grad(), y1.grad()) < 1e-12);
          CHECK(deviation(z2.grad(), y2.grad()) < 1e-12);
        }
}

TEST_CASE("what a loss cannot use is refused with the reason") {
  const auto refused = [](const std::string& name, const auto& loss) {
    const Tensor a = Tensor::ones({4, 3}), b = Tensor::ones({5, 3});
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(loss(a, b, 0.1),
                         (name + ": two views of one shape (N, d) are needed, got (4, 3) and (5, 3)").c_str(),
                         Error);
    CHECK_THROWS_WITH_AS(loss(Tensor::ones({4}), Tensor::ones({4}), 0.1),
                         (name + ": two views of one shape (N, d) are needed, got (4,) and (4,)").c_str(), Error);
    for (const auto& [temperature, text] :
         {std::pair(0.0, "0"), {-1.0, "-1"}, {std::nan(""), "nan"}, {1 / 0.0, "inf"}})
      CHECK_THROWS_WITH_AS(loss(a, a, temperature), (name + ": temperature must be above 0, got " + text).c_str(),
                           Error);
  };
  refused("nt_xent",
          [](const Tensor& a, const Tensor& b, double tau) { return nt_xent(a, b, {.temperature = tau}); });
  refused("info_nce",
          [](const Tensor& a, const Tensor& b, double tau) { return info_nce(a, b, {.temperature = tau}); });
  refused("sc_info_nce",
          [](const Tensor& a, const Tensor& b, double tau) { return sc_info_nce(a, b, {.temperature = tau}); });
  const Tensor one = Tensor::ones({1, 3});
  CHECK_THROWS_WITH_AS(sc_info_nce(one, one), "sc_info_nce: at least 2 pairs are needed, got 1", Error);
  CHECK(info_nce(one, one).item() == 0);  // nothing to be told from
}
