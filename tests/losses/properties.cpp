#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/nt_xent.h"
#include "nce/losses/sc_info_nce.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

using Loss = std::function<Tensor(const Tensor&, const Tensor&)>;

std::vector<std::pair<std::string, Loss>> all_losses(double temperature) {
  std::vector<std::pair<std::string, Loss>> losses{
      {"nt_xent", [=](auto& a, auto& b) { return nt_xent(a, b, {.temperature = temperature}); }},
      {"info_nce", [=](auto& a, auto& b) { return info_nce(a, b, {.temperature = temperature}); }},
      {"info_nce symmetric",
       [=](auto& a, auto& b) { return info_nce(a, b, {.temperature = temperature, .symmetric = true}); }}};
  for (auto denominator : {Denominator::negatives, Denominator::all})
    for (auto weight : {PositiveWeight::exact, PositiveWeight::published})
      losses.push_back({"sc_info_nce", [=](auto& a, auto& b) {
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
  for (const auto& [name, loss] : all_losses(0.2)) {
    CAPTURE(name);
    const double shuffled = loss(index_select(a, 0, order), index_select(b, 0, order)).item();
    CHECK(loss(a, b).item() == Approx(shuffled).epsilon(1e-12));
  }
}

TEST_CASE("at temperature 0.005 values and gradients in f32 are finite and those of f64 to 1e-4") {
  const Tensor a = Tensor::randn({16, 8}, Key(1)), b = Tensor::randn({16, 8}, Key(2));
  const auto fine = all_losses(0.005);
  for (const auto& [name, loss] : fine) {
    CAPTURE(name);
    Tensor a32 = leaf(a), a64 = leaf(a.to(DType::f64));
    Tensor l32 = loss(a32, b), l64 = loss(a64, b.to(DType::f64));
    CHECK(std::isfinite(l32.item()));
    CHECK(l32.item() == Approx(l64.item()).epsilon(1e-4));
    l32.backward(), l64.backward();
    const auto g32 = a32.grad().to_vector<double>(), g64 = a64.grad().to_vector<double>();
    double largest = 0, difference = 0;
    for (size_t i = 0; i < g64.size(); ++i) {
      largest = std::max(largest, std::abs(g64[i]));
      difference = std::max(difference, std::abs(g32[i] - g64[i]));
    }
    CHECK(largest > 0);
    CHECK(difference < 1e-4 * largest);
  }
}

TEST_CASE("what a loss cannot use is refused with the reason") {
  const Tensor a = Tensor::ones({4, 3}), b = Tensor::ones({5, 3});
  CHECK_THROWS_WITH_AS(nt_xent(a, b), "nt_xent: two views of one shape (N, d) are needed, got (4, 3) and (5, 3)",
                       Error);
  CHECK_THROWS_WITH_AS(info_nce(a, a, {.temperature = 0}), "info_nce: temperature must be positive, got 0", Error);
  CHECK_THROWS_WITH_AS(sc_info_nce(Tensor::ones({1, 3}), Tensor::ones({1, 3})),
                       "sc_info_nce: at least 2 pairs are needed, got 1", Error);
}
