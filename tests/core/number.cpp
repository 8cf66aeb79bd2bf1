#include "nce/core/number.h"

#include <doctest/doctest.h>

#include <limits>

using namespace nce;

TEST_CASE("decimal takes off what rounding added, and keeps what is no number") {
  CHECK(1.2 - 1 != 0.2);
  CHECK(decimal(1.2 - 1) == 0.2);
  CHECK(decimal(0.1 + 0.2) == 0.3);
  CHECK(decimal(-(1.1 - 1)) == -0.1);
  CHECK(decimal(double(0.2f)) != 0.2);
  CHECK(decimal(double(0.2f), 7) == 0.2);
  CHECK(decimal(5e-324) == 5e-324);
  for (const double exact : {0.0, 1.0, -2.5, 1e300, 0.1171875}) CHECK(decimal(exact) == exact);
  CHECK(decimal(std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
  const double none = decimal(std::numeric_limits<double>::quiet_NaN());
  CHECK(none != none);
}
