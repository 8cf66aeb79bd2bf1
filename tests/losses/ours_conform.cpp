#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "expected.h"
#include "nce/losses/check/conformance.h"

using namespace nce;
using namespace nce::losses;
using namespace nce::test;
using doctest::Approx;

TEST_CASE("every loss of ours conforms, and is the kind of loss that the table says") {
  const double tau = 0.2;
  for (const Expected& row : expected_losses(8, 16, tau)) {  // the sizes of the checker's closed forms
    const auto call = [&](const std::vector<Tensor>& z, double temperature) {
      return (*row.make(temperature))(row.views(z));
    };
    // A view without any gradient says so itself: `reaches`.
    const bool detaches = row.make(tau)->stops_gradient() && std::string(row.kind.reaches) == "both";
    const auto report = check_conformance(
        row.name(), call, {.temperature = tau, .stops_gradient = detaches, .num_views = row.num_views});
    CAPTURE(to_string(report));
    CHECK(report.ok());
    const auto yes = [&](const char* property) { return report[property].answer == "yes"; };
    CHECK(yes("symmetric") == row.kind.symmetric);
    CHECK(yes("normalises") == row.kind.normalises);
    CHECK(yes("rotation") == row.kind.rotation);
    CHECK(yes("streams") == row.kind.streams);
    CHECK(report["gradient reaches"].answer == row.kind.reaches);
    if (!std::isnan(row.collapsed)) CHECK(report["collapsed"].measured == Approx(row.collapsed).epsilon(1e-9));
    if (!std::isnan(row.aligned)) CHECK(report["aligned"].measured == Approx(row.aligned).epsilon(1e-9));
  }
}
