#include "nce/losses/check/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/losses/check/subject.h"

namespace nce::losses {
namespace detail {

Views Subject::views(int64_t n, int64_t d, double noise, DType dtype) const {
  const Tensor z1 = Tensor::randn({n, d}, key().fold(1), dtype),
               other = Tensor::randn({n, d}, key().fold(2), dtype);
  return {z1, noise == kUnrelated ? other : z1 + other * noise};
}

Evaluation Subject::evaluate(const Views& views, double temperature) const {
  std::array<Tensor, 2> z{views.z1.clone().detach(), views.z2.clone().detach()};
  for (Tensor& x : z) x.set_requires_grad(true);
  const Tensor out = loss(z[0], z[1], temperature);
  Evaluation e{.value = out.item(), .gradient = {}};
  if (out.requires_grad()) out.backward();
  for (size_t view : {0, 1})
    e.gradient[view] =
        z[view].grad().defined() ? z[view].grad().to_vector<double>() : Values(size_t(z[view].numel()), 0.0);
  return e;
}

double Subject::value(const Views& views, double temperature) const {
  NoGrad unrecorded;
  return loss(views.z1, views.z2, temperature).item();
}

void examine(ConformanceReport& report, const std::string& name, Verdict good,
             const std::function<Outcome()>& check) {
  Outcome outcome{false, NAN, ""};
  try {
    outcome = check();
  } catch (const std::exception& error) { outcome.text = fmt::format("throws: {}", error.what()); }
  report.findings.push_back({.name = name,
                             .verdict = outcome.holds ? good : Verdict::fails,
                             .measured = outcome.measured,
                             .answer = outcome.answer,
                             .text = outcome.text});
}

double apart(double a, double b) {
  const double d = std::abs(a - b);
  return std::isnan(d) ? HUGE_VAL : d;
}

double largest(const Values& v) {
  double most = 0;
  for (const double x : v) most = std::max(most, apart(x, 0));
  return most;
}

double slope(const Evaluation& e) { return std::max(largest(e.gradient[0]), largest(e.gradient[1])); }

double value_difference(double value, double reference) {
  return apart(value, reference) / std::max(1.0, std::abs(reference));
}

double gradient_difference(const Evaluation& e, const Evaluation& reference) {
  double difference = 0;
  for (size_t view : {0, 1})
    for (size_t i = 0; i < e.gradient[view].size(); ++i)
      difference = std::max(difference, apart(e.gradient[view][i], reference.gradient[view][i]));
  // Below the smallest normal f32, f32 has no digits to compare.
  return difference / std::max(slope(reference), double(std::numeric_limits<float>::min()));
}

Tensor unit_vectors(int64_t n, int64_t d, int64_t first) {
  Values v(size_t(n * d), 0.0);
  for (int64_t i = 0; i < n; ++i) v[size_t(i * d + first + i)] = 1;
  return Tensor::from(v, {n, d});
}

Tensor one_point(int64_t n, int64_t d) { return broadcast_to(unit_vectors(1, d), {n, d}).clone(); }

}  // namespace detail

ConformanceReport check_conformance(const std::string& name, const TwoViewLoss& loss,
                                    const ConformanceOptions& options) {
  check(options.temperature > 0 && options.low_temperature > 0,
        "check_conformance: temperatures must be above 0, got {} and {}", options.temperature,
        options.low_temperature);
  ConformanceReport report{.loss = name, .findings = {}};
  const detail::Subject subject{.loss = loss, .options = options};
  if (detail::add_checks(subject, report)) detail::add_properties(subject, report);
  return report;
}

}  // namespace nce::losses
