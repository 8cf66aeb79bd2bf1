#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/gradcheck.h"
#include "nce/core/ops.h"
#include "nce/losses/dcl.h"
#include "nce/losses/dhel.h"
#include "nce/losses/info_nce.h"
#include "nce/losses/metrics.h"
#include "nce/losses/nt_xent.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

Tensor randn(const Shape& shape, uint64_t seed, DType dtype = DType::f64) {
  return Tensor::randn(shape, Key(seed), dtype);
}

Tensor identity(int64_t n) {
  Tensor x = Tensor::zeros({n, n}, DType::f64);
  for (int64_t i = 0; i < n; ++i) x.mutable_data<double>()[i * n + i] = 1;
  return x;
}

}  // namespace

TEST_CASE("of collapsed embeddings alignment and uniformity are 0 and the effective rank is 1") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor z = broadcast_to(randn({1, 16}, 1, dtype), {40, 16});
    CHECK(alignment(z, z * 3).item() == Approx(0).epsilon(1e-6));
    CHECK(std::abs(uniformity(z).item()) < 1e-5);
    CHECK(effective_rank(z) == Approx(1).epsilon(1e-5));
    CHECK(effective_rank(z * randn({40, 1}, 2, dtype)) == Approx(1).epsilon(1e-5));  // one line
  }
}

TEST_CASE("of orthogonal embeddings the metrics are their closed forms") {
  const int64_t n = 12;
  const Tensor z = identity(n), other = concatenate({slice(z, 0, 1, n), slice(z, 0, 0, 1)});
  CHECK(alignment(z, other).item() == Approx(2));
  CHECK(alignment(z, -z).item() == Approx(4));
  CHECK(uniformity(z).item() == Approx(-4));
  CHECK(uniformity(z, 0.5).item() == Approx(-1));
  CHECK(effective_rank(z) == Approx(double(n)));
  CHECK(effective_rank(concatenate({z, z}, 0)) == Approx(double(n)));
  CHECK(effective_rank(concatenate({z, z}, 1)) == Approx(double(n)));
}

TEST_CASE("uniformity of random points on a sphere is that of the uniform distribution") {
  // log E exp(-t |u - v|^2) = -2 t + log E exp(2 t u_1); in 3 dimensions u_1 is uniform in [-1, 1].
  const double t = 2, k = 2 * t;
  CHECK(uniformity(randn({6000, 3}, 1)).item() == Approx(-k + std::log(std::sinh(k) / k)).epsilon(0.01));
  CHECK(uniformity(randn({6000, 128}, 1, DType::f32)).item() == Approx(-k + k * k / 256).epsilon(0.001));
}

TEST_CASE("effective rank is the exponential of the entropy of the singular values") {
  // Columns orthogonal and of lengths 4, 2, 1, 1: shares 1/2, 1/4, 1/8, 1/8, entropy 7/4 bits.
  const Tensor lengths = Tensor::from({4, 2, 1, 1}, {4}, DType::f64);
  const Tensor columns = identity(4) * broadcast_to(lengths, {4, 4});
  const Tensor v = normalize(randn({4, 1}, 3), 0), rotated = columns - matmul(matmul(columns, v), nce::t(v)) * 2;
  const double expected = std::pow(2, 1.75);
  CHECK(effective_rank(columns) == Approx(expected));
  CHECK(effective_rank(rotated) == Approx(expected));
  CHECK(effective_rank(nce::t(rotated) * 1e-6) == Approx(expected));
  CHECK(effective_rank(concatenate({rotated, Tensor::zeros({50, 4}, DType::f64)})) == Approx(expected));
  // Random rows use nearly all of few dimensions, and the metric knows no more dimensions than there are rows.
  CHECK(effective_rank(randn({4000, 32}, 1)) > 31.9);
  CHECK(effective_rank(randn({20, 512}, 1)) <= 20);
  CHECK(effective_rank(Tensor::zeros({5, 3})) == 0);
  CHECK(std::isnan(effective_rank(Tensor::full({5, 3}, NAN))));
}

TEST_CASE("the probability of the positive is that of the dense similarities") {
  const int64_t n = 9;
  const double tau = 0.3;
  const Tensor z1 = randn({n, 5}, 1), z2 = randn({n, 5}, 2);
  const auto similarity = [&](const Tensor& a, const Tensor& b) {
    return exp(matmul(normalize(a), nce::t(normalize(b))) / tau).to_vector<double>();
  };
  const auto s12 = similarity(z1, z2), s11 = similarity(z1, z1);
  const Tensor both = concatenate({z1, z2});
  const auto s = similarity(both, both);
  double info_nce_p = 0, dcl_p = 0, dhel_p = 0, is_p = 0, nt_xent_p = 0, both_p = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double positive = s12[size_t(i * n + i)];
    double other = 0, own = 0;
    for (int64_t k = 0; k < n; ++k)
      if (k != i) other += s12[size_t(i * n + k)], own += s11[size_t(i * n + k)];
    info_nce_p += positive / (other + positive) / double(n);
    dcl_p += positive / other / double(n);
    dhel_p += positive / own / double(n);
    is_p += positive / (own + positive) / double(n);
  }
  for (int64_t i = 0; i < 2 * n; ++i) {
    const int64_t pair = (i + n) % (2 * n);
    const double positive = s[size_t(i * 2 * n + pair)];
    double sum = 0;
    for (int64_t k = 0; k < 2 * n; ++k) sum += k == i || k == pair ? 0 : s[size_t(i * 2 * n + k)];
    nt_xent_p += positive / (sum + positive) / double(2 * n);
    both_p += positive / sum / double(2 * n);
  }
  const auto p = [&](NegativesFrom from, Denominator d) {
    return positive_probability(z1, z2, {.temperature = tau, .negatives = from, .denominator = d}).item();
  };
  using enum NegativesFrom;
  CHECK(p(other_view, Denominator::all) == Approx(info_nce_p).epsilon(1e-12));
  CHECK(p(other_view, Denominator::negatives) == Approx(dcl_p).epsilon(1e-12));
  CHECK(p(own_view, Denominator::negatives) == Approx(dhel_p).epsilon(1e-12));
  CHECK(p(own_view, Denominator::all) == Approx(is_p).epsilon(1e-12));
  CHECK(p(both_views, Denominator::all) == Approx(nt_xent_p).epsilon(1e-12));
  CHECK(p(both_views, Denominator::negatives) == Approx(both_p).epsilon(1e-12));
}

TEST_CASE("where all anchors are alike the losses are -log of the probability of the positive") {
  const int64_t n = 9;
  const double tau = 0.3;
  const PositiveProbabilityOptions of_nt_xent{.temperature = tau, .negatives = NegativesFrom::both_views};
  const PositiveProbabilityOptions of_dcl{.temperature = tau, .denominator = Denominator::negatives};
  const PositiveProbabilityOptions of_dhel{
      .temperature = tau, .negatives = NegativesFrom::own_view, .denominator = Denominator::negatives};
  const Tensor one = Tensor::ones({n, 4}, DType::f64);
  for (const Tensor& z : {identity(n), one}) {
    const auto p = [&](const PositiveProbabilityOptions& o) { return positive_probability(z, z, o).item(); };
    CHECK(-std::log(p({.temperature = tau})) == Approx(info_nce(z, z, {.temperature = tau}).item()));
    CHECK(-std::log(p(of_nt_xent)) == Approx(nt_xent(z, z, {.temperature = tau}).item()));
    CHECK(-std::log(p(of_dcl)) == Approx(dcl(z, z, {.temperature = tau}).item()));
    CHECK(-std::log(p(of_dhel)) == Approx(dhel(z, z, {.temperature = tau}).item()));
  }
  CHECK(positive_probability(one, one).item() == Approx(1.0 / n));
}

TEST_CASE("alignment, uniformity and the probability of the positive can be differentiated") {
  const std::vector<Tensor> views{randn({6, 4}, 1), randn({6, 4}, 2)};
  const auto check_gradient = [&](const char* name, const auto& f) {
    CAPTURE(name);
    CHECK_NOTHROW(gradcheck(f, views));
  };
  check_gradient("alignment", [](const std::vector<Tensor>& z) { return alignment(z[0], z[1]); });
  check_gradient("uniformity", [](const std::vector<Tensor>& z) { return uniformity(z[0]) + uniformity(z[1]); });
  check_gradient("positive", [](const std::vector<Tensor>& z) {
    return positive_probability(z[0], z[1], {.temperature = 0.5});
  });
}

TEST_CASE("metrics refuse what they cannot measure") {
  const Tensor a = Tensor::ones({4, 3}), b = Tensor::ones({5, 3}), one = Tensor::ones({1, 3});
  CHECK_THROWS_WITH_AS(alignment(a, b), "alignment: views of one shape (N, d) are needed, got (4, 3) and (5, 3)",
                       Error);
  CHECK_THROWS_WITH_AS(uniformity(one),
                       "uniformity: embeddings of shape (N, d), N at least 2, are needed, got (1, 3)", Error);
  CHECK_THROWS_WITH_AS(uniformity(a, 0), "uniformity: t must be above 0, got 0", Error);
  CHECK_THROWS_WITH_AS(effective_rank(Tensor::ones({4})),
                       "effective_rank: embeddings of shape (N, d) are needed, got (4,)", Error);
  CHECK_THROWS_WITH_AS(positive_probability(one, one), "positive_probability: at least 2 pairs are needed, got 1",
                       Error);
}
