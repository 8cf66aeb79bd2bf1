#include "nce/nn/eval/lbfgs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/error.h"

using namespace nce;
using namespace nce::nn;
using doctest::Approx;

TEST_CASE("L-BFGS minimises Rosenbrock's function, and says when it has not converged") {
  const auto rosenbrock = [](std::span<const double> x, std::span<double> g) {
    double value = 0;
    std::fill(g.begin(), g.end(), 0.0);
    for (size_t i = 0; i + 1 < x.size(); ++i) {
      const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
      value += 100 * a * a + b * b;
      g[i] += -400 * a * x[i] - 2 * b;
      g[i + 1] += 200 * a;
    }
    return value;
  };
  std::vector<double> x(10, -1.2);
  const LbfgsResult far = minimize_lbfgs(x, rosenbrock, {.max_iterations = 500, .tolerance = 1e-9});
  CHECK(far.converged);
  CHECK(far.value < 1e-15);
  for (const double v : x) CHECK(v == Approx(1).epsilon(1e-8));
  CHECK(far.evaluations < 2 * far.iterations);

  std::vector<double> y(10, -1.2);
  const LbfgsResult near = minimize_lbfgs(y, rosenbrock, {.max_iterations = 5});
  CHECK_FALSE(near.converged);
  CHECK(near.iterations == 5);
  std::vector<double> g(10);
  CHECK(near.value == rosenbrock(y, g));

  // A step to where the function is not defined is taken back.
  std::vector<double> z{0.01};
  const auto barrier = [](std::span<const double> at, std::span<double> slope) {
    slope[0] = 100 - 1 / at[0];
    return at[0] > 0 ? 100 * at[0] - std::log(at[0]) : std::numeric_limits<double>::quiet_NaN();
  };
  z[0] = 5;
  CHECK(minimize_lbfgs(z, barrier, {.tolerance = 1e-7}).converged);
  CHECK(z[0] == Approx(0.01));
  z[0] = -1;
  CHECK_THROWS_WITH_AS(minimize_lbfgs(z, barrier),
                       "minimize_lbfgs: the function is not finite at the starting point (value nan, largest "
                       "gradient 101)",
                       Error);
  const auto blind = [](std::span<const double>, std::span<double> slope) {
    slope[0] = std::numeric_limits<double>::quiet_NaN();
    return 1.0;
  };
  CHECK_THROWS_WITH_AS(minimize_lbfgs(z, blind),
                       "minimize_lbfgs: the function is not finite at the starting point (value 1, largest "
                       "gradient nan)",
                       Error);
}
