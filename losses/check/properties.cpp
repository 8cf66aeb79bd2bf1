#include <fmt/format.h>

#include <algorithm>

#include "nce/core/memory.h"
#include "nce/losses/check/subject.h"
#include "nce/losses/metrics.h"

namespace nce::losses::detail {
namespace {

Outcome gradient_reaches(const Subject& subject) {
  const Views v = subject.usual(), unrelated = subject.views(64, 8, kUnrelated);
  const Evaluation e = subject.evaluate(v, subject.tau());
  const bool first = largest(e.gradient[0]) > 0, second = largest(e.gradient[1]) > 0;
  if (first && second) return {true, NAN, "both views get a gradient", "both"};
  if (!first && !second) return {true, NAN, "neither view gets a gradient", "neither"};
  const bool depends =
      subject.value(first ? Views{v.z1, unrelated.z2} : Views{unrelated.z2, v.z2}) != subject.value(v);
  return {true, NAN,
          fmt::format("z{} gets no gradient{}", first ? 2 : 1,
                      depends ? ", though the value depends on it: a stop-gradient, or a mistake"
                              : ": the value does not depend on it"),
          first ? "z1 only" : "z2 only"};
}

Outcome temperature(const Subject& subject) {
  const Views v = subject.usual();
  const double off = value_difference(subject.value(v, subject.tau() / 2), subject.value(v));
  if (off > kSame) return {true, off, "the value depends on the temperature", "yes"};
  return {true, off, "the value does not depend on the temperature", "no"};
}

Outcome invariant(const Subject& subject, const Views& changed, const char* what) {
  const double off = value_difference(subject.value(changed), subject.value(subject.usual()));
  if (off <= kSame) return {true, off, fmt::format("{} changes nothing", what), "yes"};
  return {true, off, fmt::format("{} changes the value by {:.1e}", what, off), "no"};
}

Outcome normalises(const Subject& subject) {
  const auto scaled = [&](const Tensor& z, uint64_t use) {
    return z * Tensor::uniform({z.size(0), 1}, 0.5, 2, subject.key().fold(5).fold(use), DType::f64);
  };
  const Views v = subject.usual();
  return invariant(subject, {scaled(v.z1, 1), scaled(v.z2, 2)}, "scaling the rows");
}

Outcome rotation(const Subject& subject) {
  const Views v = subject.usual();
  const int64_t d = v.z1.size(1);
  std::vector<Tensor> axes;  // random, made orthogonal one by one (Gram-Schmidt)
  for (int64_t i = 0; i < d; ++i) {
    Tensor axis = Tensor::randn({d}, subject.key().fold(6).fold(uint64_t(i)), DType::f64);
    for (int pass = 0; pass < 2; ++pass)  // the second removes what rounding left
      for (const Tensor& other : axes) axis = axis - other * sum(other * axis);
    axes.push_back(normalize(axis));
  }
  const Tensor q = stack(axes);
  return invariant(subject, {matmul(v.z1, q), matmul(v.z2, q)}, "rotating the space");
}

Outcome streams(const Subject& subject) {
  const int64_t n = kStreamingPairs;
  const Views v = subject.views(n, 4, 0.5, DType::f32);
  const int64_t before = live_bytes();
  reset_peak_bytes();
  subject.evaluate(v, subject.tau());
  const double matrices = double(peak_bytes() - before) / double(n * n * int64_t(sizeof(float)));
  return {true, matrices, fmt::format("its memory is {:.2f} N x N matrices for N = {}", matrices, n),
          matrices < 1 ? "yes" : "no"};
}

// The value as the papers write it, if they do.
std::string closed_form(double value, double n) {
  const std::pair<const char*, double> forms[] = {{"0", 0},
                                                  {"1", 1},
                                                  {"-1", -1},
                                                  {"2", 2},
                                                  {"-2", -2},
                                                  {"log 2", std::log(2)},
                                                  {"log(N - 1)", std::log(n - 1)},
                                                  {"log N", std::log(n)},
                                                  {"log(2N - 2)", std::log(2 * n - 2)},
                                                  {"log(2N - 1)", std::log(2 * n - 1)}};
  for (const auto& [name, number] : forms)
    if (std::abs(value - number) < kSame) return name;
  return fmt::format("{:.4g}", value);
}

Outcome known_value(const Subject& subject, const Views& v, const char* what) {
  const double value = subject.value(v);
  return {true, value, fmt::format("{:.4g} for 8 pairs, {}", value, what),
          closed_form(value, double(v.z1.size(0)))};
}

// Does a step against the gradient lower `metric`? (Lower is better.)
Outcome step(const Subject& subject, const TwoViewLoss& metric, const char* what) {
  // Rows in a cone, as from an untrained network: rows in all directions are uniform already. With this many,
  // unrelated directions have a cosine of about 0.01.
  Views v = subject.views(512, 8, 0.5);
  const Tensor axis = Tensor::randn({1, 8}, subject.key().fold(7), DType::f64);
  v = {v.z1 + axis, v.z2 + axis};
  const Evaluation e = subject.evaluate(v, subject.tau());
  const Evaluation wanted = Subject{.loss = metric, .options = subject.options}.evaluate(v, subject.tau());
  double product = 0, square_step = 0, square_wanted = 0;
  for (size_t view : {0, 1}) {
    // The metrics ignore the length of a row, so the part of the step along the row is removed.
    const Tensor u = normalize(view == 0 ? v.z1 : v.z2);
    const Tensor g = Tensor::from(e.gradient[view], u.shape()), w = Tensor::from(wanted.gradient[view], u.shape());
    const Tensor turn = g - u * sum(u * g, 1, true);
    product += sum(turn * w).item(), square_step += sum(turn * turn).item(), square_wanted += sum(w * w).item();
  }
  const double cosine = square_step > 0 ? product / std::sqrt(square_step * square_wanted) : 0;
  const char* answer = cosine > 0.05 ? "improves" : cosine < -0.05 ? "worsens" : "leaves";
  return {true, cosine, fmt::format("a step {} {}: cosine {:.3f} to its steepest descent", answer, what, cosine),
          answer};
}

Outcome collapse_is(const Subject& subject) {
  const Shape shape{8, 6};
  const Tensor point =
      broadcast_to(normalize(Tensor::randn({1, 6}, subject.key().fold(8), DType::f64)), shape).clone();
  const Evaluation there = subject.evaluate({point, point}, subject.tau());
  if (slope(there) > 1e-6 * slope(subject.evaluate(subject.usual(), subject.tau())))
    return {true, slope(there), fmt::format("not stationary: the gradient there is {:.1e}", slope(there)),
            "not stationary"};
  double lowest = 0, highest = 0;
  for (uint64_t i = 0; i < 24; ++i) {
    const auto random = [&](uint64_t view) {
      return Tensor::randn(shape, subject.key().fold(9).fold(i).fold(view), DType::f64) * 1e-3;
    };
    const Tensor move = random(1);  // both views the same way, in opposite ways, independently
    const Tensor other = i % 3 == 0 ? move : i % 3 == 1 ? -move : random(2);
    const double change = subject.value({point + move, point + other}) - there.value;
    lowest = std::min(lowest, change), highest = std::max(highest, change);
  }
  const double least = 1e-11 * std::max(1.0, std::abs(there.value));
  const bool falls = lowest < -least;
  const bool rises = highest > least;
  const char* answer = falls ? rises ? "a saddle" : "a maximum" : rises ? "a minimum" : "flat";
  return {true, lowest,
          fmt::format("no gradient; 24 small moves change the value by {:.1e} to {:.1e}", lowest, highest), answer};
}

}  // namespace

void add_properties(const Subject& subject, ConformanceReport& report) {
  const auto describe = [&](const std::string& name, const std::function<Outcome(const Subject&)>& property) {
    examine(report, name, Verdict::property, [&] { return property(subject); });
  };
  describe("gradient reaches", gradient_reaches);
  describe("temperature", temperature);
  describe("symmetric", [](const Subject& it) {
    const Views v = it.usual();
    return invariant(it, {v.z2, v.z1}, "exchanging the views");
  });
  describe("normalises", normalises);
  describe("rotation", rotation);
  describe("streams", streams);
  const Tensor point = one_point(8, 16), axes = unit_vectors(8, 16), others = unit_vectors(8, 16, 8);
  const auto value_of = [&](const char* name, const Tensor& z1, const Tensor& z2, const char* what) {
    describe(name, [&](const Subject& it) { return known_value(it, {z1, z2}, what); });
  };
  value_of("collapsed", point, point, "all rows the same");
  value_of("orthogonal", axes, others, "all rows orthogonal to each other");
  value_of("aligned", axes, axes, "equal views, orthogonal otherwise");
  const auto step_on = [&](const char* metric, const TwoViewLoss& loss) {
    describe(fmt::format("step on {}", metric), [&](const Subject& it) { return step(it, loss, metric); });
  };
  step_on("alignment", [](const Tensor& z1, const Tensor& z2, double) { return alignment(z1, z2); });
  step_on("uniformity", [](const Tensor& z1, const Tensor& z2, double) { return uniformity(z1) + uniformity(z2); });
  describe("collapse is", collapse_is);
}

}  // namespace nce::losses::detail
