#include "nce/losses/theory/divergence.h"

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

TEST_CASE("the derivatives of f and f* are derivatives, and f*' is the inverse of f'") {
  const double h = 1e-5;
  for (const double order : {2., 3., 4.5})
    for (const Divergence& d : divergences(order)) {
      CAPTURE(d.name);
      for (const double u : {.2, .7, 1., 1.9, 6.}) {
        const double t = d.slope(u);
        CHECK((d.f(u + h) - d.f(u - h)) / (2 * h) == Approx(t).epsilon(1e-7));
        CHECK(d.conjugate_slope(t) == Approx(u).epsilon(1e-12));
        CHECK(d.conjugate(t) == Approx(u * t - d.f(u)).epsilon(1e-12));
        const double e = h * 1e-2;  // js and vlc turn sharply near the end of their range
        CHECK((d.conjugate(t + e) - d.conjugate(t - e)) / (2 * e) == Approx(u).epsilon(1e-5));
        CHECK((d.conjugate_slope(t + e) - d.conjugate_slope(t - e)) / (2 * e) ==
              Approx(d.conjugate_curvature(t)).epsilon(1e-5));
      }
      // Fenchel and Young: f(u) + f*(t) is ut or more.
      for (const double u : {.1, .8, 3.})
        for (const double t : {-.5, .1, .5}) CHECK(d.f(u) + d.conjugate(t) >= u * t - 1e-12);
    }
}

TEST_CASE("what the loss has on positives and negatives is f' and f* of f', with its derivative") {
  const std::vector<double> s{-6, -2, -.5, 0, .4, 1.5};
  const int64_t n = int64_t(s.size());
  const double shift = -.3, h = 1e-5;
  for (const double order : {1.5, 3.})
    for (const Divergence& d : divergences(order)) {
      CAPTURE(d.name);
      const auto at = [&](double similarity) { return d.conjugate(d.slope(std::exp(similarity + shift))); };
      const std::vector<double> positive = d.positive(Tensor::from(s, {n}) + shift).to_vector<double>();
      std::vector<double> value(s.size()), slope(s.size()), value_alone(s.size()), slope_alone(s.size());
      const PairFunction negative = d.negative(shift);
      negative.f64(s.data(), n, value.data(), slope.data());
      negative.f64(s.data(), n, value_alone.data(), nullptr);
      negative.f64(s.data(), n, nullptr, slope_alone.data());
      for (size_t i = 0; i < s.size(); ++i) {
        CHECK(positive[i] == Approx(d.slope(std::exp(s[i] + shift))).epsilon(1e-10));
        CHECK(value[i] == Approx(at(s[i])).epsilon(1e-9));
        CHECK(slope[i] == Approx((at(s[i] + h) - at(s[i] - h)) / (2 * h)).epsilon(1e-6));
      }
      CHECK(value_alone == value);
      CHECK(slope_alone == slope);
    }
}

TEST_CASE("an unknown divergence is refused with the names of the known ones") {
  const std::string error =
      fmt::format("no divergence is called 'l2'; there are {}", fmt::join(names_of(divergences()), ", "));
  CHECK_THROWS_WITH_AS(divergences().find("l2"), error.c_str(), Error);
}
