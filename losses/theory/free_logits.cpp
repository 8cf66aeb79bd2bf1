#include "nce/losses/theory/free_logits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/linalg.h"
#include "nce/core/parallel.h"

namespace nce::losses {
namespace {

using Row = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The larger; NaN if one of them is.
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

Anchor anchor(const Joint& joint, const Target& loss, int64_t batch, int i, const std::vector<int>& seen) {
  Anchor row{double(loss.negatives(batch)), {}, {}};
  for (const int j : seen) {
    row.q.push_back(joint.c1(i, j) / joint.pi[size_t(i)]);
    row.pi.push_back(joint.pi[size_t(j)]);
  }
  return row;
}

// Calls body(i, seen, row) for every row that is seen.
template <class Body>
void each_row(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits, Body body) {
  check(logits.values.size() == joint.c1.values.size(),
        "free logits: one for each pair of {} states is needed, {} in all, got {}", joint.states(),
        joint.c1.values.size(), logits.values.size());
  check(batch >= 2, "free logits: a batch of at least 2 pairs is needed, got {}", batch);
  const std::vector<int> seen = joint.seen();
  for (const int i : seen) {
    Row row;
    for (const int j : seen) row.push_back(logits(i, j));
    body(i, seen, loss.expected(anchor(joint, loss, batch, i, seen), row));
  }
}

StateMatrix matrix_of(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits,
                      Row ExpectedRow::*values) {
  StateMatrix matrix = state_matrix(joint.states(), kNaN);
  each_row(joint, loss, batch, logits, [&](int i, const std::vector<int>& seen, const ExpectedRow& at) {
    for (size_t j = 0; j < seen.size(); ++j) matrix(i, seen[j]) = (at.*values)[j];
  });
  return matrix;
}

struct Descent {
  Row s;
  double drift = 0;
  int steps = 0;
  bool settled = false;
};

// How fast the shape moves, and `drift`, how fast the mean moves. The speed of a logit is its derivative over its weight.
double shape_speed(const Target& loss, const Row& weight, const ExpectedRow& at, double& drift) {
  drift = 0;
  for (size_t j = 0; loss.couples_logits() && j < weight.size(); ++j) drift -= at.gradient[j];  // weights sum to 1
  double speed = 0;
  for (size_t j = 0; j < weight.size(); ++j) speed = larger(speed, std::abs(at.gradient[j] / weight[j] + drift));
  return speed;
}

// Whether the loss is flat at some logit (f* of tsallis is, below 0). No step leads back from there.
bool is_flat(const Target& loss, const ExpectedRow& at) {
  for (size_t j = 0, k = at.gradient.size(); !loss.couples_logits() && j < k; ++j)
    if (at.jacobian[j * k + j] == 0) return true;
  return false;
}

// Implicit Euler steps of ds_j/dt = -g_j / w_j, linearised: (J + W / tau) d = -g for a step of length tau. For large
// tau it is Newton's step. A softmax does not change if all logits grow equally, J 1 = 0. In this direction the step
// would be tau times the drift. So it is kept apart: d = e + tau v 1 with pi . e = 0, and (J + W / tau) e + v w = -g.
// Here e is the motion of the shape, and v the speed of the mean.
Descent descend_row(const Target& loss, const Anchor& row, const DescentOptions& options) {
  const size_t k = row.q.size(), m = loss.couples_logits() ? k + 1 : k;
  Descent descent{Row(k, loss.first_logit())};
  Row weight(k);
  for (size_t j = 0; j < k; ++j) weight[j] = loss.weight(row.q[j], row.pi[j], row.negatives);
  ExpectedRow at = loss.expected(row, descent.s);
  if (!loss.has_target()) {  // linear: every step does the same
    for (size_t j = 0; j < k; ++j) descent.s[j] -= at.gradient[j] / weight[j];
    descent.steps = 1;
    return descent;
  }
  double speed = shape_speed(loss, weight, at, descent.drift), tau = 1;
  for (; descent.steps < options.max_steps && speed > 1e-15 && tau > 1e-9; ++descent.steps) {
    Row a(m * m), d(m), next = descent.s;
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = 0; j < k; ++j) a[i * m + j] = at.jacobian[i * k + j];
      a[i * m + i] += weight[i] / tau;
      d[i] = -at.gradient[i];
      if (m > k) a[i * m + k] = weight[i], a[k * m + i] = row.pi[i];
    }
    bool better = solve(std::move(a), d);
    if (better) {
      double reach = 3, longest = 0;  // the most that a logit may move in a step, and the most that one would move
      for (size_t j = 0; j < k; ++j)
        reach = std::max(reach, std::abs(descent.s[j])), longest = std::max(longest, std::abs(d[j]));
      for (size_t j = 0; j < k; ++j) next[j] += std::min(1., reach / longest) * d[j];
      ExpectedRow there = loss.expected(row, next);
      double drift = 0;
      const double slower = shape_speed(loss, weight, there, drift);
      better = slower < speed && !is_flat(loss, there);
      if (better)
        descent.s = std::move(next), at = std::move(there), speed = slower, descent.drift = drift;
      else if (speed <= options.tolerance)
        break;  // as far as rounding lets it
    }
    tau = better ? std::min(tau * 10, 1e15) : tau / 4;
  }
  descent.settled = speed <= options.tolerance;
  return descent;
}

// Logits that have no common denominator: each by itself.
Descent descend_each(const Target& loss, const Anchor& row, const DescentOptions& options) {
  Descent descent;
  descent.settled = true;
  for (size_t j = 0; j < row.q.size(); ++j) {
    const Descent one = descend_row(loss, {row.negatives, {row.q[j]}, {row.pi[j]}}, options);
    descent.s.push_back(one.s[0]);
    descent.steps = std::max(descent.steps, one.steps);
    descent.settled = descent.settled && one.settled;
  }
  return descent;
}

double relative_deviation(const StateMatrix& measured, const StateMatrix& target) {
  if (target.values.empty()) return kNaN;
  double mean = 0, largest = 0;
  size_t count = 0;
  for (const double t : target.values)
    if (std::isfinite(t)) mean += std::abs(t), ++count;
  mean = mean > 0 ? mean / double(count) : 1;
  for (size_t e = 0; e < target.values.size(); ++e) {
    const double t = target.values[e];
    if (!std::isfinite(t)) continue;  // the state is never seen, or the logit grows without end
    largest = larger(largest, std::abs(measured.values[e] - t) / (t == 0 ? mean : std::abs(t)));
  }
  return largest;
}

}  // namespace

double expected_loss(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits) {
  double value = 0;
  each_row(joint, loss, batch, logits,
           [&](int i, const std::vector<int>&, const ExpectedRow& at) { value += joint.pi[size_t(i)] * at.loss; });
  return value;
}

StateMatrix expected_gradient(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits) {
  StateMatrix gradient = matrix_of(joint, loss, batch, logits, &ExpectedRow::gradient);
  for (const auto& [i, j] : state_pairs(joint.states()))
    gradient(i, j) = joint.c2(i, j) == 0 ? 0 : gradient(i, j) * joint.pi[size_t(i)];
  return gradient;
}

StateMatrix read_out(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits) {
  return matrix_of(joint, loss, batch, logits, &ExpectedRow::read_out);
}

FreeLogits descend(const Joint& joint, const Target& loss, int64_t batch, const DescentOptions& options) {
  FreeLogits result;
  result.reach = loss.reach(joint, batch);
  if (loss.has_target()) result.target = loss.target(joint, batch);
  result.logits = state_matrix(joint.states(), kNaN);
  result.drift.assign(size_t(joint.states()), 0);
  result.settled = true;
  const std::vector<int> seen = joint.seen();
  std::vector<Descent> rows(seen.size());
  parallel_for(int64_t(seen.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Anchor row = anchor(joint, loss, batch, seen[size_t(r)], seen);
      rows[size_t(r)] = loss.couples_logits() ? descend_row(loss, row, options) : descend_each(loss, row, options);
    }
  });
  for (size_t r = 0; r < seen.size(); ++r) {
    const int i = seen[r];
    for (size_t j = 0; j < seen.size(); ++j) result.logits(i, seen[j]) = rows[r].s[j];
    result.drift[size_t(i)] = rows[r].drift;
    const double off = std::abs(rows[r].drift + result.reach.slope[size_t(i)] / joint.pi[size_t(i)]);
    result.drift_deviation = larger(result.drift_deviation, off);
    result.steps = std::max(result.steps, rows[r].steps);
    result.settled = result.settled && rows[r].settled;
  }
  result.read_out = read_out(joint, loss, batch, result.logits);
  result.deviation = relative_deviation(result.read_out, result.target);
  result.positive_deviation =
      relative_deviation(matrix_of(joint, loss, batch, result.logits, &ExpectedRow::positive), result.target);
  result.shape_deviation = relative_deviation(result.read_out, result.reach.shape);
  return result;
}

}  // namespace nce::losses
