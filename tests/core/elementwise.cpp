#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nce/core/ops.h"
#include "support/targets.h"

using namespace nce;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("exp, relu and logsumexp treat infinities and NaNs as the standard library does") {
  // In whole vectors and in the tail loop.
  for (DType dtype : {DType::f32, DType::f64})
    for (int64_t at : {0, 5, 18, 36})
      for (double value : {kInf, -kInf, kNan, 1e30, -1e30, -0.0, 800.0, -800.0}) {
        std::vector<double> x(37, 0.25);
        x[size_t(at)] = value;
        const Tensor t = Tensor::from(x, {37}).to(dtype);
        const double exact = dtype == DType::f32 ? double(std::exp(float(value))) : std::exp(value);
        const double e = exp(t).to_vector<double>()[size_t(at)];
        CAPTURE(value);
        CHECK((same(e, exact) || e == doctest::Approx(exact).epsilon(1e-12)));
        CHECK(same(relu(t).to_vector<double>()[size_t(at)],
                   value <= 0 ? 0 : double(t.to_vector<double>()[size_t(at)])));
        const double sum = logsumexp(t).item();
        if (std::isnan(value))
          CHECK(std::isnan(sum));
        else if (value > 1)
          CHECK((same(sum, value) || sum == doctest::Approx(value)));
        else
          CHECK(sum == doctest::Approx(std::log(36 * std::exp(0.25) + std::exp(value))));
      }
  CHECK(logsumexp(Tensor::full({20}, -kInf)).item() == -kInf);
  CHECK(std::isnan(logsumexp(Tensor::from({-kInf, kNan, -kInf}, {3})).item()));
}

TEST_CASE("a row of nothing but -inf has -inf as its largest and no slope, with every instruction set") {
  test::with_every_target([] {
    for (DType dtype : {DType::f32, DType::f64})
      for (int64_t n = 1; n < 40; ++n) {
        const Tensor x = Tensor::full({n}, -kInf, dtype).set_requires_grad(true), y = logsumexp(x);
        CHECK(y.item() == -kInf);
        y.backward();
        CHECK(x.grad().to_vector<double>() == std::vector<double>(size_t(n), 0.));
      }
  });
}
