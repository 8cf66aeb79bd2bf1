#include "nce/losses/theory/measure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/parallel.h"
#include "nce/core/random.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check_labels(const char* op, std::span<const int> labels1, std::span<const int> labels2, int64_t pairs,
                  int states) {
  check(states >= 1, "{}: at least 1 state is needed, got {}", op, states);
  check(int64_t(labels1.size()) == pairs && int64_t(labels2.size()) == pairs,
        "{}: {} pairs need as many state labels of either view, got {} and {}", op, pairs, labels1.size(),
        labels2.size());
  for (const auto labels : {labels1, labels2})
    for (size_t n = 0; n < labels.size(); ++n)
      check(labels[n] >= 0 && labels[n] < states, "{}: state {} of pair {} is not one of 0 .. {}", op, labels[n], n,
            states - 1);
}

void check_bootstrap(const char* op, const BootstrapOptions& options) {
  check(options.resamples >= 2, "{}: at least 2 bootstrap resamples are needed, got {}", op, options.resamples);
}

// Standard deviation of each entry of `draw(random)`, which computes a matrix from one resample. Resamples in which the
// entry is NaN do not count. If fewer than two are left, it is NaN.
template <class Draw>
std::vector<double> spread(const BootstrapOptions& options, size_t entries, Draw draw) {
  std::vector<std::vector<double>> drawn(size_t(options.resamples));
  parallel_for(options.resamples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      Random random(Key(options.seed).fold(uint64_t(r)));
      drawn[size_t(r)] = draw(random);
    }
  });
  std::vector<double> deviation(entries, kNaN);
  for (size_t e = 0; e < entries; ++e) {
    double count = 0, mean = 0, squares = 0;
    for (const auto& values : drawn)
      if (std::isfinite(values[e])) count += 1, mean += values[e];
    mean /= count;
    for (const auto& values : drawn)
      if (std::isfinite(values[e])) squares += (values[e] - mean) * (values[e] - mean);
    if (count >= 2) deviation[e] = std::sqrt(squares / (count - 1));
  }
  return deviation;
}

// From a histogram of (state of view 1, state of view 2).
Joint joint_from(const std::vector<double>& histogram, int states) {
  const size_t k = size_t(states);
  double total = 0;
  for (const double count : histogram) total += count;
  StateMatrix c1 = state_matrix(states);
  for (const auto& [i, j] : state_pairs(states))
    c1(i, j) = (histogram[size_t(i) * k + size_t(j)] + histogram[size_t(j) * k + size_t(i)]) / (2 * total);
  return joint_with(std::move(c1));
}

// Sums of the read-out for each pair of states, over one or more batches.
struct Sums {
  std::vector<double> all, pairs, positive, positives;
  explicit Sums(size_t entries) : all(entries), pairs(entries), positive(entries), positives(entries) {}
  void add(const Sums& other) {
    for (size_t e = 0; e < all.size(); ++e) {
      all[e] += other.all[e], pairs[e] += other.pairs[e];
      positive[e] += other.positive[e], positives[e] += other.positives[e];
    }
  }
};

struct Batch {
  const Target& loss;
  const MeasureOptions& options;
  int states;
  std::vector<int> anchors, candidates, positives;  // the states of these; positives: one for each anchor
  int64_t pairs;                                    // B
  bool both, own;  // rows of both views are anchors and candidates; or negatives are of the anchor's own view

  int64_t positive_of(int64_t anchor) const { return both ? (anchor + pairs) % int64_t(anchors.size()) : anchor; }
  // The place of the anchor among the candidates; -1: it is not there. With negatives of the own view, its positive
  // has its place.
  int64_t self(int64_t anchor) const { return both ? anchor : -1; }
};

// a (n, d), b (m, d) and the positives of a (n, d): unit rows divided by sqrt(temperature).
template <class T>
Sums measure_batch(const Batch& batch, const T* a, const T* b, const T* positives, int64_t d) {
  const int64_t n = int64_t(batch.anchors.size()), m = int64_t(batch.candidates.size());
  const size_t k = size_t(batch.states);
  const bool with_positive = batch.loss.pairs() == PairsOf::all;
  std::vector<double> by_anchor(size_t(n) * k), positive(static_cast<size_t>(n));
  constexpr int64_t kRows = 32;
  parallel_for(n, kRows, [&](int64_t begin, int64_t end) {
    std::vector<T> block(size_t(kRows * m));
    std::vector<double> row(static_cast<size_t>(m));
    gemm<T>(false, true, end - begin, m, d, T(1), a + begin * d, d, b, d, T(0), block.data(), m);
    for (int64_t i = begin; i < end; ++i) {
      const T* s = block.data() + (i - begin) * m;
      std::copy(s, s + m, row.begin());
      const int64_t p = batch.positive_of(i), self = batch.self(i);
      if (batch.own) row[size_t(p)] = std::inner_product(a + i * d, a + (i + 1) * d, positives + i * d, 0.);
      batch.loss.read_out(row, p, self, batch.options.temperature, batch.options.bias);
      positive[size_t(i)] = row[size_t(p)];
      double* sums = by_anchor.data() + size_t(i) * k;
      for (int64_t c = 0; c < m; ++c)
        if (c != self && (with_positive || c != p))
          sums[c == p ? batch.positives[size_t(i)] : batch.candidates[size_t(c)]] += row[size_t(c)];
    }
  });

  std::vector<double> candidates(k);
  for (const int state : batch.candidates) candidates[size_t(state)] += 1;
  Sums sums(k * k);
  for (int64_t i = 0; i < n; ++i) {
    const size_t row = size_t(batch.anchors[size_t(i)]) * k, p = row + size_t(batch.positives[size_t(i)]);
    for (size_t j = 0; j < k; ++j)
      sums.all[row + j] += by_anchor[size_t(i) * k + j], sums.pairs[row + j] += candidates[j];
    if (batch.both || batch.own) sums.pairs[row + size_t(batch.anchors[size_t(i)])] -= 1;  // itself
    if (!batch.own && !with_positive) sums.pairs[p] -= 1;
    if (batch.own && with_positive) sums.pairs[p] += 1;
    sums.positive[p] += positive[size_t(i)], sums.positives[p] += 1;
  }
  return sums;
}

std::vector<double> means(const Target& loss, const std::vector<double>& sums, const std::vector<double>& counts) {
  std::vector<double> mean(sums.size(), kNaN);
  for (size_t e = 0; e < sums.size(); ++e)
    if (counts[e] != 0) mean[e] = loss.from_mean(sums[e] / counts[e]);
  return mean;
}

template <class T>
std::vector<Sums> measure_batches(const Tensor& a, const Tensor& b, std::span<const int> labels1,
                                  std::span<const int> labels2, int states, const Target& loss,
                                  const MeasureOptions& options, int64_t pairs) {
  const int64_t d = a.size(1);
  const bool both = loss.negatives_from() == NegativesFrom::both_views;
  const bool own = loss.negatives_from() == NegativesFrom::own_view;
  std::vector<Sums> sums;
  for (int64_t begin = 0; begin + pairs <= a.size(0); begin += pairs) {
    const auto view1 = labels1.subspan(size_t(begin), size_t(pairs));
    const auto view2 = labels2.subspan(size_t(begin), size_t(pairs));
    const std::vector<int> one(view1.begin(), view1.end()), two(view2.begin(), view2.end());
    Batch batch{loss, options, states, one, own ? one : two, two, pairs, both, own};
    const T* x = a.data<T>() + begin * d;
    const T* y = b.data<T>() + begin * d;
    std::vector<T> stacked;
    if (both) {
      batch.anchors.insert(batch.anchors.end(), two.begin(), two.end());
      batch.candidates = batch.anchors;
      batch.positives.insert(batch.positives.end(), one.begin(), one.end());
      stacked.assign(x, x + pairs * d);
      stacked.insert(stacked.end(), y, y + pairs * d);
      x = y = stacked.data();
    }
    sums.push_back(measure_batch<T>(batch, x, own ? x : y, y, d));
  }
  return sums;
}

}  // namespace

JointEstimate estimate_joint(std::span<const int> labels1, std::span<const int> labels2, int states,
                             const BootstrapOptions& options) {
  check(!labels1.empty(), "estimate_joint: no pairs");
  check_labels("estimate_joint", labels1, labels2, int64_t(labels1.size()), states);
  check_bootstrap("estimate_joint", options);
  const size_t k = size_t(states), n = labels1.size();
  const auto cell = [&](size_t pair) { return size_t(labels1[pair]) * k + size_t(labels2[pair]); };
  JointEstimate estimate;
  estimate.pairs = int64_t(n);
  std::vector<double> histogram(k * k);
  for (size_t pair = 0; pair < n; ++pair) histogram[cell(pair)] += 1;
  estimate.joint = joint_from(histogram, states);

  const std::vector<double> deviation = spread(options, k + 2 * k * k, [&](Random& random) {
    std::vector<double> drawn(k * k);
    for (size_t pair = 0; pair < n; ++pair) drawn[cell(random.below(uint32_t(n)))] += 1;
    const Joint joint = joint_from(drawn, states);
    std::vector<double> values = joint.pi;
    const StateMatrix ratio = joint.ratio();
    values.insert(values.end(), joint.c1.values.begin(), joint.c1.values.end());
    values.insert(values.end(), ratio.values.begin(), ratio.values.end());
    return values;
  });
  const auto pi_end = deviation.begin() + std::ptrdiff_t(k), c1_end = pi_end + std::ptrdiff_t(k * k);
  estimate.pi_error.assign(deviation.begin(), pi_end);
  estimate.c1_error = {states, {pi_end, c1_end}};
  estimate.ratio_error = {states, {c1_end, deviation.end()}};
  return estimate;
}

Measured measure(const Tensor& z1, const Tensor& z2, std::span<const int> labels1, std::span<const int> labels2,
                 int states, const Target& loss, const MeasureOptions& options) {
  check_views("measure", z1, z2, 2);
  check_options("measure", Temperature(options.temperature));
  check(z1.dtype() == z2.dtype(), "measure: the views have two dtypes, {} and {}", to_string(z1.dtype()),
        to_string(z2.dtype()));
  check_labels("measure", labels1, labels2, z1.size(0), states);
  check_bootstrap("measure", options.bootstrap);
  const int64_t pairs = options.batch == 0 ? z1.size(0) : options.batch;
  check(pairs >= 2 && pairs <= z1.size(0), "measure: a batch of {} pairs cannot be taken from {}", pairs,
        z1.size(0));
  const NoGrad no_grad;
  const bool bounded = loss.bounds_logits();
  const Tensor a = (bounded ? logit_rows(z1, options.temperature) : z1).contiguous();
  const Tensor b = (bounded ? logit_rows(z2, options.temperature) : z2).contiguous();
  const std::vector<Sums> batches =
      a.dtype() == DType::f64 ? measure_batches<double>(a, b, labels1, labels2, states, loss, options, pairs)
                              : measure_batches<float>(a, b, labels1, labels2, states, loss, options, pairs);

  const size_t entries = size_t(states) * size_t(states);
  Sums total(entries);
  for (const Sums& sums : batches) total.add(sums);
  Measured measured;
  measured.batches = int64_t(batches.size());
  measured.mean = {states, means(loss, total.all, total.pairs)};
  measured.positive = {states, means(loss, total.positive, total.positives)};
  measured.pairs = {states, total.pairs};
  measured.error = state_matrix(states, kNaN);
  if (batches.size() >= 2) {
    measured.error.values = spread(options.bootstrap, entries, [&](Random& random) {
      Sums drawn(entries);
      for (size_t n = 0; n < batches.size(); ++n) drawn.add(batches[random.below(uint32_t(batches.size()))]);
      return means(loss, drawn.all, drawn.pairs);
    });
    // The mean of n batches that are drawn from n batches spreads less than the mean of n new batches, by sqrt((n - 1) / n).
    const double n = double(batches.size());
    for (double& error : measured.error.values) error *= std::sqrt(n / (n - 1));
  }
  return measured;
}

namespace {

// Of points (target, measured).
struct Line {
  double correlation, slope;
};
Line line_through(const StateMatrix& measured, const StateMatrix& target, bool apart) {
  std::vector<std::array<double, 2>> points;
  for (const auto& [i, j] : state_pairs(target.states))
    if ((i != j || !apart) && !std::isnan(measured(i, j) - target(i, j)))
      points.push_back({target(i, j), measured(i, j)});
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (const auto& p : points) x += p[0] / double(points.size()), y += p[1] / double(points.size());
  for (const auto& p : points)
    xx += (p[0] - x) * (p[0] - x), yy += (p[1] - y) * (p[1] - y), xy += (p[0] - x) * (p[1] - y);
  return {xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNaN, xx > 0 ? xy / xx : kNaN};
}

}  // namespace

Distance distance(const StateMatrix& measured, const StateMatrix& target, const Joint& joint) {
  check(measured.states == target.states && measured.states == joint.states(),
        "distance: {} states measured, {} of the target, {} of the joint distribution", measured.states,
        target.states, joint.states());
  Distance distance;
  double weights = 0, relative_weights = 0;
  for (const auto& [i, j] : state_pairs(target.states)) {
    const double off = std::abs(measured(i, j) - target(i, j)), weight = joint.c2(i, j);
    if (std::isnan(off)) continue;
    distance.largest_absolute = std::max(distance.largest_absolute, off);
    distance.mean_absolute += weight * off, weights += weight;
    if (target(i, j) == 0) continue;
    const double relative = off / std::abs(target(i, j));
    distance.mean_relative += weight * relative, relative_weights += weight;
    if (distance.row < 0 || relative > distance.largest_relative)
      distance.largest_relative = relative, distance.row = i, distance.column = j;
  }
  distance.mean_absolute /= weights;
  distance.mean_relative /= relative_weights;
  const Line line = line_through(measured, target, false);
  distance.correlation = line.correlation, distance.slope = line.slope;
  distance.correlation_apart = line_through(measured, target, true).correlation;
  return distance;
}

}  // namespace nce::losses
