#include "nce/losses/check/conformance.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"
#include "nce/losses/engine/similarity.h"
#include "nce/losses/info_nce.h"

using namespace nce;
using namespace nce::losses;
using doctest::Approx;

namespace {

using Names = std::vector<std::string>;

Names failures(const ConformanceReport& report) {
  Names names;
  for (const Finding& f : report.findings)
    if (f.verdict == Verdict::fails) names.push_back(f.name);
  return names;
}

Tensor info(const Tensor& z1, const Tensor& z2, double temperature) {
  return info_nce(z1, z2, {.temperature = temperature});
}

// InfoNCE by row, as one writes it first: right, but with all similarities at once.
Tensor rows(const Tensor& z1, const Tensor& z2, double temperature) {
  const Tensor s = matmul(normalize(z1), t(normalize(z2))) / temperature;
  return logsumexp(s, 1) - diagonal(s);
}

// The same value, another gradient.
Tensor with_gradient_times(const Tensor& x, double factor) {
  return record("wrong", x.detach() * 1.0, {x}, [=](const Tensor& grad) { return grad * factor; });
}

Tensor cosines(const Tensor& z1, const Tensor& z2) { return mean(sum(normalize(z1) * normalize(z2), 1)); }

struct WrongLoss {
  const char* what;
  TwoViewLoss loss;
  Names fails;  // which checks find it
  const char* text = nullptr;
};

}  // namespace

TEST_CASE("a right loss conforms, and the report says all that was looked at") {
  const ConformanceReport report =
      check_conformance("mine", [](auto& z1, auto& z2, double tau) { return mean(rows(z1, z2, tau)); });
  CHECK_MESSAGE(report.ok(), to_string(report));
  Names names;
  for (const Finding& f : report.findings) {
    names.push_back(f.name);
    CAPTURE(f.name);
    CHECK(!f.text.empty());
    CHECK(f.answer.empty() == (f.verdict == Verdict::holds));
  }
  CHECK(fmt::format("{}", fmt::join(names, ", ")) ==
        "call, gradient, repeat, threads, pair order, f32, low temperature, near views, two pairs, collapse, "
        "gradient reaches, temperature, symmetric, normalises, rotation, streams, collapsed, orthogonal, aligned, "
        "step on alignment, step on uniformity, collapse is");
  CHECK(report["gradient"].measured > 0);
  CHECK(report["gradient"].measured < 1e-7);
  CHECK(report["streams"].answer == "no");
  CHECK(report["streams"].measured > 1);
}

TEST_CASE("every way of being wrong is found by the check that is for it, and by no other") {
  const WrongLoss wrong[] = {
      {"a gradient that is off by a hundredth",
       [](auto& z1, auto& z2, double tau) { return info(with_gradient_times(z1, 1.01), z2, tau); },
       {"gradient"},
       "9.9e-03 from central differences, more than 1e-06: a wrong derivative, or a part detached"},
      {"a gradient that is wrong beyond a hundred pairs",
       [](auto& z1, auto& z2, double tau) {
         return info(z1, with_gradient_times(z2, z2.size(0) > 100 ? 1.0001 : 1), tau);
       },
       {"gradient"}},
      {"no gradient",
       [](auto& z1, auto& z2, double tau) { return info(z1.detach(), z2.detach(), tau); },
       {"gradient"},
       "no gradient reaches any view: nothing can be learned from it"},
      {"a part without gradient",
       [](auto& z1, auto& z2, double tau) {
         const Tensor s = matmul(normalize(z1), t(normalize(z2))) / tau;
         return mean(logsumexp(s.detach(), 1) - diagonal(s));
       },
       {"gradient"}},
      {"exponentials that overflow",
       [](auto& z1, auto& z2, double tau) {
         const Tensor e = exp(matmul(normalize(z1), t(normalize(z2))) / tau);
         return -mean(log(diagonal(e) / sum(e, 1)));
       },
       {"low temperature", "near views", "collapse"},
       "the value is not finite at temperature 0.01"},
      {"a distance whose root has no slope at 0",
       [](auto& z1, auto& z2, double) { return mean(sqrt(sum(square(z1 - z2), 1))); },
       {"near views", "collapse"},
       "the gradient is not finite at temperature 0.2"},
      {"rows that count by their place",
       [](auto& z1, auto& z2, double tau) {
         std::vector<double> place;
         for (int64_t i = 0; i < z1.size(0); ++i) place.push_back(double(i) / double(z1.size(0)));
         return mean(rows(z1, z2, tau) * Tensor::from(place, {z1.size(0)}).to(z1.dtype()));
       },
       {"pair order"}},
      {"a value that knows the number of threads",
       [](auto& z1, auto& z2, double tau) { return info(z1, z2, tau) + 0.125 * num_threads(); },
       {"threads"}},
      {"random numbers that are other ones each time",
       [](auto& z1, auto& z2, double tau) {
         static Generator generator;
         return info(z1 + Tensor::randn(z1.shape(), generator.next(), z1.dtype()) * 1e-12, z2, tau);
       },
       {"repeat"}},
      {"digits lost to a large number",
       [](auto& z1, auto& z2, double tau) {
         const double large = z1.dtype() == DType::f32 ? 1e5 : 0;
         return info(z1, z2, tau) + large - large;
       },
       {"f32"}},
      {"a division by N - 2",
       [](auto& z1, auto& z2, double tau) { return sum(rows(z1, z2, tau)) / double(z1.size(0) - 2); },
       {"two pairs"},
       "the value is not finite at temperature 0.2"},
      {"a value a row", rows, {"call"}, "gives a tensor of shape (64,), not one number: take its mean"},
      {"f32 whatever it is given",
       [](auto& z1, auto& z2, double tau) { return info(z1, z2, tau).to(DType::f32); },
       {"call"},
       "makes f32 of f64: constants must be made in the dtype of the inputs"},
      {"not a number",
       [](auto& z1, auto& z2, double tau) { return log(-info(z1, z2, tau)); },
       {"call"},
       "is not finite for random views at temperature 0.2"},
      {"nothing", [](auto&, auto&, double) { return Tensor(); }, {"call"}, "gives no tensor at all"},
      {"an exception",
       [](auto&, auto&, double) -> Tensor { fail("mine: labels are needed"); },
       {"call"},
       "throws: mine: labels are needed"}};
  for (const WrongLoss& w : wrong) {
    if (w.fails.front() == "threads" && blas_kernels() == "plain kernels") continue;  // there is one thread
    const ConformanceReport report = check_conformance("mine", w.loss);
    CAPTURE(w.what);
    CAPTURE(to_string(report));
    CHECK(failures(report) == w.fails);
    CHECK(!report.ok());
    if (w.text) CHECK(report[w.fails.front()].text == w.text);
  }
}

TEST_CASE("a loss that refuses two pairs with a reason is right to") {
  const auto report = check_conformance("mine", [](auto& z1, auto& z2, double tau) {
    check_views("mine", z1, z2, 3);
    return info(z1, z2, tau);
  });
  CHECK(report.ok());
  CHECK(report["two pairs"].text == "refused, which is right too: mine: at least 3 pairs are needed, got 2");
}

TEST_CASE("a stop-gradient is said aloud, and one in the middle has to be declared") {
  const auto one_side =
      check_conformance("negative cosine", [](auto& z1, auto& z2, double) { return -cosines(z1, z2.detach()); });
  CHECK(one_side.ok());
  CHECK(one_side["gradient reaches"].answer == "z1 only");
  CHECK(one_side["gradient reaches"].text ==
        "z2 gets no gradient, though the value depends on it: a stop-gradient, or a mistake");
  CHECK(one_side["gradient"].measured < 1e-7);

  const TwoViewLoss two_sides = [](auto& z1, auto& z2, double) {
    return -(cosines(z1, z2.detach()) + cosines(z1.detach(), z2)) / 2;
  };
  CHECK(failures(check_conformance("mine", two_sides)) == Names{"gradient"});
  const auto declared = check_conformance("mine", two_sides, {.stops_gradient = true});
  CHECK(declared.ok());
  CHECK(declared["gradient"].verdict == Verdict::property);
  CHECK(declared["gradient"].measured > 0.1);
  CHECK(declared["gradient"].answer == "stopped");
  CHECK(
      declared["gradient"].text.ends_with(" from central differences: not judged, a part is detached on purpose"));

  const auto ignored = check_conformance("mine", [](auto& z1, auto&, double) { return mean(square(z1)); });
  CHECK(ignored["gradient reaches"].text == "z2 gets no gradient: the value does not depend on it");
}

TEST_CASE("what kind of loss it is, is told of losses of which it is known") {
  const auto report =
      check_conformance("negative cosine", [](auto& z1, auto& z2, double) { return -cosines(z1, z2); });
  CHECK(report["temperature"].answer == "no");
  CHECK(report["symmetric"].answer == "yes");
  CHECK(report["normalises"].answer == "yes");
  CHECK(report["rotation"].answer == "yes");
  CHECK(report["streams"].answer == "yes");
  CHECK(report["collapsed"].answer == "-1");
  CHECK(report["orthogonal"].answer == "0");
  CHECK(report["aligned"].answer == "-1");
  CHECK(report["step on alignment"].answer == "improves");
  CHECK(report["step on alignment"].measured == Approx(1));  // it is alignment
  CHECK(report["collapse is"].answer == "a minimum");

  const auto apart = check_conformance("apart", [](auto& z1, auto& z2, double) { return cosines(z1, z2); });
  CHECK(apart["step on alignment"].answer == "worsens");
  CHECK(apart["collapse is"].answer == "a maximum");

  // Each dimension for itself, and the length counts.
  const auto single = check_conformance(
      "single", [](auto& z1, auto& z2, double) { return mean(pow(z1 - z2, 4)) + mean(z1) + mean(square(z2)); });
  CHECK(single["symmetric"].answer == "no");
  CHECK(single["normalises"].answer == "no");
  CHECK(single["rotation"].answer == "no");
  CHECK(single["collapse is"].answer == "not stationary");

  const auto lengths =
      check_conformance("lengths", [](auto& z1, auto& z2, double) { return mean(square(z1)) + mean(square(z2)); });
  CHECK(lengths["step on alignment"].answer == "leaves");
  CHECK(lengths["step on uniformity"].answer == "leaves");
}

TEST_CASE("a report reads well, failures first, and many make a table") {
  const auto right = check_conformance("right", info);
  const auto wrong = check_conformance(
      "wrong", [](auto& z1, auto& z2, double tau) { return info(z1, with_gradient_times(z2, 2), tau); });
  const std::string text = to_string(wrong);
  CHECK(
      text.starts_with("wrong: FAILS: gradient\n"
                       "  FAILS  gradient                            "));
  const bool one_thread = [] {
    const RestoreThreads restore;
    set_num_threads(2);
    return num_threads() == 1;
  }();
  CHECK(text.find(fmt::format("  holds  threads                             {}\n",
                              one_thread ? "one thread: the plain back end has no more"
                                         : "the same bits with 1, 2 and 4 threads")) != std::string::npos);
  CHECK(text.find("         symmetric           no              exchanging the views changes the value by ") !=
        std::string::npos);
  CHECK(to_string(right).starts_with("right: all 10 checks hold\n"));

  const auto none = check_conformance("none", [](auto&, auto&, double) { return Tensor(); });
  CHECK_THROWS_WITH_AS(none["gradient"], "ConformanceReport: none has no finding called 'gradient'", Error);
  const std::string table = to_markdown({right, wrong, none});
  CHECK(std::count(table.begin(), table.end(), '\n') == 5);
  CHECK(table.starts_with("| loss | checks | gradient error | f32 error | gradient reaches | symmetric | "));
  CHECK(table.find("\n| right | all hold | ") != std::string::npos);
  CHECK(table.find("\n| wrong | FAILS: gradient | 5e-01 | ") != std::string::npos);
  CHECK(table.find("\n| none | FAILS: call | | | | | | | | | | | | | |\n") != std::string::npos);
}

TEST_CASE("what cannot be checked is refused") {
  CHECK_THROWS_WITH_AS(check_conformance("mine", info, {.temperature = 0}),
                       "check_conformance: temperatures must be above 0, got 0 and 0.01", Error);
  const int before = num_threads();
  check_conformance("mine", info);
  CHECK(num_threads() == before);
}
