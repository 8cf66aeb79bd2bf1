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
  Views views{{Tensor::randn({n, d}, key().fold(1), dtype)}};
  for (uint64_t v = 1; v < uint64_t(options.num_views); ++v) {
    const Tensor other = Tensor::randn({n, d}, key().fold(v == 1 ? 2 : 10 + v), dtype);
    views.z.push_back(noise == kUnrelated ? other : views.z[0] + other * noise);
  }
  return views;
}

Evaluation Subject::evaluate(const Views& views, double temperature) const {
  const Views leaves =
      views.map([](const Tensor& x, size_t) { return x.clone().detach().set_requires_grad(true); });
  const Tensor out = loss(leaves.z, temperature);
  Evaluation e{.value = out.item(), .gradient = {}};
  if (out.requires_grad()) out.backward();
  for (const Tensor& x : leaves.z)
    e.gradient.push_back(x.grad().defined() ? x.grad().to_vector<double>() : Values(size_t(x.numel()), 0.0));
  return e;
}

double Subject::value(const Views& views, double temperature) const {
  NoGrad unrecorded;
  return loss(views.z, temperature).item();
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

double slope(const Evaluation& e) {
  double most = 0;
  for (const Values& g : e.gradient) most = std::max(most, largest(g));
  return most;
}

double value_difference(double value, double reference) {
  return apart(value, reference) / std::max(1.0, std::abs(reference));
}

double gradient_difference(const Evaluation& e, const Evaluation& reference) {
  double difference = 0;
  for (size_t view = 0; view < e.gradient.size(); ++view)
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
  check(options.num_views == 2, "check_conformance: {} is a loss of two views, not {}", name, options.num_views);
  const LossOfViews of_views = [&](const std::vector<Tensor>& z, double temperature) {
    return loss(z[0], z[1], temperature);
  };
  return check_conformance(name, of_views, options);
}

ConformanceReport check_conformance(const std::string& name, const LossOfViews& loss,
                                    const ConformanceOptions& options) {
  check(options.num_views >= 2, "check_conformance: at least 2 views are needed, got {}", options.num_views);
  check(options.temperature > 0 && options.low_temperature > 0,
        "check_conformance: temperatures must be above 0, got {} and {}", options.temperature,
        options.low_temperature);
  ConformanceReport report{.loss = name, .findings = {}};
  const detail::Subject subject{.loss = loss, .options = options};
  if (detail::add_checks(subject, report)) detail::add_properties(subject, report);
  return report;
}

}  // namespace nce::losses
