#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/losses/check/subject.h"

namespace nce::losses::detail {
namespace {

constexpr double kGradientTolerance = 1e-6, kF32Tolerance = 1e-4;

double dot(const Values& a, const Values& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

double difference(const Evaluation& e, const Evaluation& reference) {
  return std::max(value_difference(e.value, reference.value), gradient_difference(e, reference));
}

Outcome call(const Subject& subject) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Views v = subject.usual(dtype);
    const Tensor out = subject.loss(v.z, subject.tau());
    if (!out.defined()) return {false, NAN, "gives no tensor at all"};
    if (out.numel() != 1)
      return {false, NAN, fmt::format("gives a tensor of shape {}, not one number: take its mean", out.shape())};
    if (out.dtype() != dtype)
      return {false, NAN,
              fmt::format("makes {} of {}: constants must be made in the dtype of the inputs",
                          to_string(out.dtype()), to_string(dtype))};
    if (!std::isfinite(out.item()))
      return {false, out.item(), fmt::format("is not finite for random views at temperature {}", subject.tau())};
  }
  const double value = subject.evaluate(subject.usual(), subject.tau()).value;  // backward must run, too
  return {true, value, fmt::format("gives one number, {:.4g} for random views", value)};
}

// The difference between `expected` and the slope of the loss along `direction` of one view, relative to `scale`. The
// slope comes from central differences of fourth order. Their error is h^4 times the fifth derivative, so a step can be
// long enough for rounding, and short enough for low temperatures. A deviation can still come from rounding, which is
// subtracted, or from a kink within the step. So shorter steps are tried, too. A wrong derivative stays wrong.
double deviation(const Subject& subject, const Views& v, size_t view, const Tensor& direction, double expected,
                 double scale) {
  const auto at = [&](double step) {
    Views moved = v;
    moved.z[view] = v.z[view] + direction * step;
    return subject.value(moved);
  };
  const double rounding = 4 * std::numeric_limits<double>::epsilon() * std::max(1.0, std::abs(at(0)));
  double least = HUGE_VAL;
  for (double h = 1e-4; h > 5e-7 && least > kGradientTolerance; h /= 10) {
    const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    double error = apart(slope, expected);
    if (error > kGradientTolerance * scale) error = std::max(0.0, error - rounding / h);
    least = std::min(least, scale > 0 ? error / scale : error);
  }
  return least;
}

// Entry by entry, relative to the largest entry. For near views and for unrelated ones: a loss may be flat for one of them.
double deviation_by_entry(const Subject& subject, const std::vector<bool>& reached) {
  double most = 0;
  for (const double noise : {0.5, kUnrelated}) {
    const Views v = subject.views(6, 5, noise);
    const Evaluation e = subject.evaluate(v, subject.tau());
    for (size_t view = 0; view < reached.size(); ++view)
      for (size_t i = 0; reached[view] && i < e.gradient[view].size(); ++i) {
        Values entry(e.gradient[view].size(), 0.0);
        entry[i] = 1;
        most = std::max(
            most, deviation(subject, v, view, Tensor::from(entry, v.z[0].shape()), e.gradient[view][i], slope(e)));
      }
  }
  return most;
}

// Along random directions, relative to the length of the gradient. There are more pairs than one tile holds.
double deviation_by_direction(const Subject& subject, const std::vector<bool>& reached) {
  const Views v = subject.views(150, 16, 0.5);
  const Evaluation e = subject.evaluate(v, subject.tau());
  double most = 0;
  for (size_t view = 0; view < reached.size(); ++view)
    for (uint64_t use = 0; reached[view] && use < 3; ++use) {
      const Values& g = e.gradient[view];
      const Tensor direction =
          normalize(Tensor::randn(v.z[0].shape(), subject.key().fold(3).fold(use), DType::f64));
      most = std::max(most, deviation(subject, v, view, direction, dot(g, direction.to_vector<double>()),
                                      std::sqrt(dot(g, g))));
    }
  return most;
}

Outcome gradient(const Subject& subject) {
  const Evaluation e = subject.evaluate(subject.usual(), subject.tau());
  if (slope(e) == 0) return {false, 0, "no gradient reaches any view: nothing can be learned from it"};
  if (std::isinf(slope(e))) return {false, slope(e), "the gradient is not finite for random views"};
  std::vector<bool> reached;
  for (const Values& g : e.gradient) reached.push_back(largest(g) > 0);
  const double off = std::max(deviation_by_entry(subject, reached), deviation_by_direction(subject, reached));
  if (subject.options.stops_gradient)
    return {true, off,
            fmt::format("{:.1e} from central differences: not judged, a part is detached on purpose", off),
            "stopped"};
  if (off <= kGradientTolerance) return {true, off, fmt::format("{:.1e} from central differences", off)};
  return {false, off,
          fmt::format("{:.1e} from central differences, more than {:.0e}: a wrong derivative, or a part detached",
                      off, kGradientTolerance)};
}

Outcome repeat(const Subject& subject) {
  const auto once = [&] { return subject.evaluate(subject.usual(), subject.tau()); };
  const double off = difference(once(), once());
  if (off == 0) return {true, off, "the same bits when called again"};
  return {false, off,
          fmt::format("{:.1e} off when called again: it keeps a state, or draws without a key of its own", off)};
}

Outcome threads(const Subject& subject) {
  const RestoreThreads restore;
  const Views v = subject.views(700, 16, 0.5, DType::f32);
  const auto with = [&](int n) {
    set_num_threads(n);
    return subject.evaluate(v, subject.tau());
  };
  const Evaluation one = with(1);
  for (int n : {2, 4})
    if (const double off = difference(with(n), one); off != 0)
      return {false, off, fmt::format("{:.1e} off with {} threads instead of 1", off, n)};
  if (num_threads() == 1) return {true, 0, "one thread: the plain back end has no more"};
  return {true, 0, "the same bits with 1, 2 and 4 threads"};
}

Outcome pair_order(const Subject& subject) {
  const Views v = subject.usual();
  const size_t n = size_t(v.z[0].size(0));
  std::vector<int> order(n), back(n);
  std::iota(order.begin(), order.end(), 0);
  Random(subject.key().fold(4)).shuffle(order);
  for (size_t i = 0; i < n; ++i) back[size_t(order[i])] = int(i);
  const Views shuffled = v.map([&](const Tensor& x, size_t) { return index_select(x, 0, order); });
  Evaluation e = subject.evaluate(shuffled, subject.tau());
  for (Values& g : e.gradient) g = index_select(Tensor::from(g, v.z[0].shape()), 0, back).to_vector<double>();
  const double off = difference(e, subject.evaluate(v, subject.tau()));
  if (off <= kSame) return {true, off, "the order of the pairs does not matter"};
  return {false, off, fmt::format("{:.1e} off when the pairs are shuffled", off)};
}

Outcome f32(const Subject& subject) {
  double off = 0;
  for (const double noise : {kUnrelated, 0.5}) {
    const Views v = subject.views(64, 8, noise, DType::f32);
    off = std::max(
        off, difference(subject.evaluate(v, subject.tau()), subject.evaluate(v.to(DType::f64), subject.tau())));
  }
  if (off <= kF32Tolerance) return {true, off, fmt::format("{:.1e} from f64", off)};
  return {false, off, fmt::format("{:.1e} from f64, more than {:.0e}", off, kF32Tolerance)};
}

std::vector<Views> views_f32(const Subject& subject, const std::vector<double>& noises) {
  std::vector<Views> all;
  for (const double noise : noises) all.push_back(subject.views(64, 16, noise, DType::f32));
  return all;
}

// Finite in f32 for all views and temperatures? Also reports how far the gradient is from the gradient in f64.
Outcome finite(const Subject& subject, const std::vector<Views>& views, const std::vector<double>& temperatures) {
  double off = 0;
  for (const Views& v : views)
    for (const double temperature : temperatures) {
      const Evaluation e = subject.evaluate(v, temperature);
      if (!std::isfinite(e.value))
        return {false, e.value, fmt::format("the value is not finite at temperature {}", temperature)};
      if (!std::isfinite(slope(e)))
        return {false, slope(e), fmt::format("the gradient is not finite at temperature {}", temperature)};
      off = std::max(off, gradient_difference(e, subject.evaluate(v.to(DType::f64), temperature)));
    }
  return {true, off, fmt::format("finite, the gradient {:.1e} from f64", off)};
}

Outcome low_temperature(const Subject& subject) {
  return finite(subject, views_f32(subject, {kUnrelated, 0.5, 0.01}), {subject.low()});
}

Outcome near_views(const Subject& subject) {
  return finite(subject, views_f32(subject, {1e-3, 1e-6, 0.0}), {subject.tau(), subject.low()});
}

Outcome two_pairs(const Subject& subject) {
  const Views v = subject.views(2, 8, 0.5, DType::f32);
  try {
    subject.value(v);
  } catch (const Error& refusal) {
    return {true, NAN, fmt::format("refused, which is right too: {}", refusal.what())};
  }
  return finite(subject, {v}, {subject.tau(), subject.low()});
}

Outcome collapse(const Subject& subject) {
  const Tensor point = one_point(8, 16).to(DType::f32);
  return finite(subject, {subject.repeated(point)}, {subject.tau(), subject.low()});
}

}  // namespace

bool add_checks(const Subject& subject, ConformanceReport& report) {
  const auto judge = [&](const char* name, Outcome (*check)(const Subject&), Verdict good = Verdict::holds) {
    examine(report, name, good, [&] { return check(subject); });
  };
  judge("call", call);
  if (!report.ok()) return false;
  judge("gradient", gradient, subject.options.stops_gradient ? Verdict::property : Verdict::holds);
  judge("repeat", repeat);
  judge("threads", threads);
  judge("pair order", pair_order);
  judge("f32", f32);
  judge("low temperature", low_temperature);
  judge("near views", near_views);
  judge("two pairs", two_pairs);
  judge("collapse", collapse);
  return true;
}

}  // namespace nce::losses::detail
