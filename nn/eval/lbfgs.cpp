#include "nce/nn/eval/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Vector& g) {
  double most = 0;
  for (const double v : g) {
    if (std::isnan(v)) return v;
    most = std::max(most, std::abs(v));
  }
  return most;
}

// A point on the line x + step * direction: its value and the slope along the line.
struct Point {
  double step, value, slope;
};

// The minimum of the cubic through two points with their slopes (Nocedal and Wright, 3.59), away from both ends.
double between(const Point& a, const Point& b) {
  const double low = std::min(a.step, b.step), width = std::abs(b.step - a.step);
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double d2 = std::copysign(std::sqrt(std::max(0.0, d1 * d1 - a.slope * b.slope)), b.step - a.step);
  const double cubic = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  if (!std::isfinite(cubic)) return low + width / 2;
  return std::clamp(cubic, low + 0.1 * width, low + 0.9 * width);
}

struct Pair {
  Vector step, change;  // the step of x, the change of the gradient
  double curvature;     // their dot product, above 0
};

// -H g by the two-loop recursion (algorithm 7.4).
Vector descent(const std::deque<Pair>& history, const Vector& gradient) {
  Vector r(gradient.size());
  for (size_t i = 0; i < r.size(); ++i) r[i] = -gradient[i];
  std::vector<double> alpha(history.size());
  for (size_t j = history.size(); j-- > 0;) {
    alpha[j] = dot(history[j].step, r) / history[j].curvature;
    for (size_t i = 0; i < r.size(); ++i) r[i] -= alpha[j] * history[j].change[i];
  }
  if (!history.empty()) {
    const double scale = history.back().curvature / dot(history.back().change, history.back().change);
    for (double& v : r) v *= scale;
  }
  for (size_t j = 0; j < history.size(); ++j) {
    const double beta = dot(history[j].change, r) / history[j].curvature;
    for (size_t i = 0; i < r.size(); ++i) r[i] += (alpha[j] - beta) * history[j].step[i];
  }
  return r;
}

// Finds a step for the strong Wolfe conditions (algorithms 3.5 and 3.6 in one loop). `evaluate(step)` moves to it. If
// the value falls by less than its noise, the slopes decide (the approximate conditions of Hager and Zhang, "A new
// conjugate gradient method with guaranteed descent", 2005). False if there is no such step.
template <class Evaluate>
bool line_search(const Point& start, double first, double noise, Evaluate evaluate) {
  constexpr double kDecrease = 1e-4, kCurvature = 0.9, kLongest = 1e10;
  const double slack = noise * std::abs(start.value);
  Point low = start, high{};
  bool bracketed = false;
  double step = first;
  for (int trial = 0; trial < 30; ++trial) {
    const Point p = evaluate(step);
    if (!std::isfinite(p.value) || !std::isfinite(p.slope)) {  // too far: go back towards the best point
      high = {step, low.value + std::abs(low.slope) * (step - low.step), std::abs(low.slope)};
      bracketed = true;
      step = low.step + 0.1 * (step - low.step);
      continue;
    }
    const bool falls = p.value <= start.value + kDecrease * step * start.slope ||
                       (p.value <= start.value + slack && p.slope <= -0.8 * start.slope);
    if (!falls || p.value > low.value + slack) {
      high = p, bracketed = true;
    } else if (std::abs(p.slope) <= -kCurvature * start.slope) {
      return true;
    } else {
      if (p.slope * (bracketed ? high.step - low.step : 1.0) >= 0) high = low, bracketed = true;
      low = p;
    }
    if (!bracketed && step >= kLongest) break;
    step = bracketed ? between(low, high) : 4 * step;
    if (bracketed && std::abs(high.step - low.step) <= 1e-14 * std::max(low.step, high.step)) break;
  }
  if (low.step == 0) return false;
  evaluate(low.step);  // does not meet both conditions, but is lower than the start
  return true;
}

}  // namespace

LbfgsResult minimize_lbfgs(std::vector<double>& x,
                           const std::function<double(std::span<const double> x, std::span<double> gradient)>& f,
                           const LbfgsOptions& options) {
  check(options.max_iterations >= 0 && options.history >= 1 && options.tolerance > 0 && options.value_noise >= 0,
        "minimize_lbfgs: max_iterations >= 0, history >= 1, tolerance > 0 and value_noise >= 0 are needed");
  constexpr int kPatience = 5;  // iterations that improve neither value nor gradient
  LbfgsResult result;
  Vector gradient(x.size()), next(x.size()), next_gradient(x.size());
  double next_value = 0;
  result.value = f(x, gradient);
  result.evaluations = 1;
  result.largest_gradient = largest(gradient);
  check(std::isfinite(result.value) && std::isfinite(result.largest_gradient),
        "minimize_lbfgs: the function is not finite at the starting point (value {}, largest gradient {})",
        result.value, result.largest_gradient);
  std::deque<Pair> history;
  double smallest = result.largest_gradient;
  for (int idle = 0; idle < kPatience;) {
    result.converged = result.largest_gradient <= options.tolerance;
    if (result.converged || result.iterations == options.max_iterations) break;
    Vector direction = descent(history, gradient);
    double slope = dot(gradient, direction);
    if (!(slope < 0)) {  // rounding has spoilt the curvature: start again, downhill
      history.clear();
      direction = descent(history, gradient);
      slope = dot(gradient, direction);
    }
    const double first = history.empty() ? std::min(1.0, 1 / std::sqrt(dot(gradient, gradient))) : 1.0;
    const bool moved = line_search({0, result.value, slope}, first, options.value_noise, [&](double step) {
      for (size_t i = 0; i < x.size(); ++i) next[i] = x[i] + step * direction[i];
      next_value = f(next, next_gradient);
      ++result.evaluations;
      return Point{step, next_value, dot(next_gradient, direction)};
    });
    if (!moved) {
      if (history.empty()) break;
      history.clear();  // again, along the gradient
      ++idle;
      continue;
    }
    Pair pair{next, next_gradient, 0};
    for (size_t i = 0; i < x.size(); ++i) pair.step[i] -= x[i], pair.change[i] -= gradient[i];
    pair.curvature = dot(pair.step, pair.change);
    if (pair.curvature > 1e-14 * dot(pair.change, pair.change)) {
      history.push_back(std::move(pair));
      if (int(history.size()) > options.history) history.pop_front();
    }
    const bool lower = next_value < result.value - options.value_noise * std::abs(result.value);
    x.swap(next), gradient.swap(next_gradient);
    result.value = next_value;
    result.largest_gradient = largest(gradient);
    idle = lower || result.largest_gradient < smallest ? 0 : idle + 1;
    smallest = std::min(smallest, result.largest_gradient);
    ++result.iterations;
  }
  return result;
}

}  // namespace nce::nn
