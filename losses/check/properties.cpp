#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nce/core/memory.h"
#include "nce/losses/check/subject.h"
#include "nce/losses/metrics.h"

namespace nce::losses::detail {
namespace {

Outcome gradient_reaches(const Subject& subject) {
  const Views v = subject.usual(), unrelated = subject.views(64, 8, kUnrelated);
  const Evaluation e = subject.evaluate(v, subject.tau());
  std::vector<std::string> with, without;
  for (size_t i = 0; i < v.z.size(); ++i)
    (largest(e.gradient[i]) > 0 ? with : without).push_back(fmt::format("z{}", i + 1));
  const bool two = v.z.size() == 2;
  if (without.empty())
    return {true, NAN, two ? "both views get a gradient" : "all views get a gradient", two ? "both" : "all"};
  if (with.empty())
    return {true, NAN, two ? "neither view gets a gradient" : "no view gets a gradient", two ? "neither" : "none"};
  const Views other = v.map([&](const Tensor& x, size_t i) {
    return largest(e.gradient[i]) > 0 ? x : unrelated.z[std::max<size_t>(i, 1)];
  });
  return {true, NAN,
          fmt::format("{} gets no gradient{}", fmt::join(without, ", "),
                      subject.value(other) != subject.value(v)
                          ? ", though the value depends on it: a stop-gradient, or a mistake"
                          : ": the value does not depend on it"),
          fmt::format("{} only", fmt::join(with, ", "))};
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
  const auto scaled = [&](const Tensor& z, size_t view) {
    return z * Tensor::uniform({z.size(0), 1}, 0.5, 2, subject.key().fold(5).fold(view + 1), DType::f64);
  };
  return invariant(subject, subject.usual().map(scaled), "scaling the rows");
}

Outcome rotation(const Subject& subject) {
  const Views v = subject.usual();
  const int64_t d = v.z[0].size(1);
  std::vector<Tensor> axes;  // random, made orthogonal one by one (Gram-Schmidt)
  for (int64_t i = 0; i < d; ++i) {
    Tensor axis = Tensor::randn({d}, subject.key().fold(6).fold(uint64_t(i)), DType::f64);
    for (int pass = 0; pass < 2; ++pass)  // the second pass removes rounding errors
      for (const Tensor& other : axes) axis = axis - other * sum(other * axis);
    axes.push_back(normalize(axis));
  }
  const Tensor q = stack(axes);
  return invariant(subject, v.map([&](const Tensor& z, size_t) { return matmul(z, q); }), "rotating the space");
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
          closed_form(value, double(v.z[0].size(0)))};
}

// Does a step against the gradient lower `metric`? (Lower is better.)
Outcome step(const Subject& subject, const LossOfViews& metric, const char* what) {
  // Rows in a cone, as from an untrained network. (Rows in all directions would be uniform already.) There are so many
  // that unrelated directions have a cosine of about 0.01.
  const Tensor axis = Tensor::randn({1, 8}, subject.key().fold(7), DType::f64);
  const Views v = subject.views(512, 8, 0.5).map([&](const Tensor& z, size_t) { return z + axis; });
  const Evaluation e = subject.evaluate(v, subject.tau());
  const Evaluation wanted = Subject{.loss = metric, .options = subject.options}.evaluate(v, subject.tau());
  double product = 0, square_step = 0, square_wanted = 0;
  for (size_t view = 0; view < v.z.size(); ++view) {
    // The metrics ignore the length of a row, so the part of the step along the row is removed.
    const Tensor u = normalize(v.z[view]);
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
  const Views collapsed = subject.repeated(point);
  const Evaluation there = subject.evaluate(collapsed, subject.tau());
  if (slope(there) > 1e-6 * slope(subject.evaluate(subject.usual(), subject.tau())))
    return {true, slope(there), fmt::format("not stationary: the gradient there is {:.1e}", slope(there)),
            "not stationary"};
  double lowest = 0, highest = 0;
  for (uint64_t i = 0; i < 24; ++i) {
    const auto random = [&](uint64_t view) {
      return Tensor::randn(shape, subject.key().fold(9).fold(i).fold(view), DType::f64) * 1e-3;
    };
    const Tensor move = random(1);  // all views move in the same way, in opposite ways, or independently
    const Views moved = collapsed.map([&](const Tensor& z, size_t view) {
      if (view == 0 || i % 3 == 0) return z + move;
      return i % 3 == 1 ? (view % 2 == 1 ? z - move : z + move) : z + random(view + 1);
    });
    const double change = subject.value(moved) - there.value;
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
    // The first view goes last, and the first two are exchanged: all orders come from these two.
    Views turned = it.usual(), exchanged = turned;
    std::rotate(turned.z.begin(), turned.z.begin() + 1, turned.z.end());
    std::swap(exchanged.z[0], exchanged.z[1]);
    const Outcome by_turn = invariant(it, turned, "exchanging the views");
    return by_turn.answer == "yes" ? invariant(it, exchanged, "exchanging the views") : by_turn;
  });
  describe("normalises", normalises);
  describe("rotation", rotation);
  describe("streams", streams);
  const int64_t d = 8 * subject.options.num_views;
  const Views axes = subject.repeated(unit_vectors(8, d));
  const auto value_of = [&](const char* name, const Views& views, const char* what) {
    describe(name, [&](const Subject& it) { return known_value(it, views, what); });
  };
  value_of("collapsed", subject.repeated(one_point(8, d)), "all rows the same");
  value_of("orthogonal", axes.map([&](auto&, size_t view) { return unit_vectors(8, d, 8 * int64_t(view)); }),
           "all rows orthogonal to each other");
  value_of("aligned", axes, "equal views, orthogonal otherwise");
  const auto step_on = [&](const char* metric, const LossOfViews& loss) {
    describe(fmt::format("step on {}", metric), [&](const Subject& it) { return step(it, loss, metric); });
  };
  step_on("alignment", [](const std::vector<Tensor>& z, double) {
    Tensor sum;
    for (size_t i = 0; i < z.size(); ++i)
      for (size_t k = i + 1; k < z.size(); ++k)
        sum = sum.defined() ? sum + alignment(z[i], z[k]) : alignment(z[i], z[k]);
    return sum;
  });
  step_on("uniformity", [](const std::vector<Tensor>& z, double) {
    Tensor sum = uniformity(z[0]);
    for (size_t i = 1; i < z.size(); ++i) sum = sum + uniformity(z[i]);
    return sum;
  });
  describe("collapse is", collapse_is);
}

}  // namespace nce::losses::detail
