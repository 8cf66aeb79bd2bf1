#include "nce/losses/theory/free_logits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::losses {
namespace {

using Row = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Row i of the expected loss over the K states that are seen: everything below is by pi_i.
struct Anchor {
  ContrastiveLoss loss;  // softmax losses all as sc_info_nce
  double n;
  Row q, pi;
  double gamma = 0;
  size_t states() const { return q.size(); }
};

bool is_softmax(const Anchor& row) { return row.loss.kind == LossKind::sc_info_nce; }

// The larger; NaN where either is.
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

struct Point {
  double loss = 0;
  Row gradient, read_out, positive;
  Row jacobian;  // of the gradient, (K, K) row by row
};

// With e = exp(s), t = n pi e and Z the sum of t: a positive in state j has D_j = Z, or e_j + Z where it stands in
// it. d log D_j / ds is w_j = t / D_j, and e_j / D_j more at j; of that the derivative is diag(w_j) - w_j w_j^T.
// Summed over j by q_j these are the few vectors below.
Point softmax_at(const Anchor& row, const Row& s) {
  const size_t k = row.states();
  const double in = row.loss.denominator == Denominator::all ? 1 : 0;
  const double published = row.loss.positive_weight == PositiveWeight::published ? 1 : 0;
  const bool over_all = pairs_of(row.loss) == PairsOf::all;
  const double top = *std::max_element(s.begin(), s.end());
  Row e(k), t(k);
  double z = 0;
  for (size_t j = 0; j < k; ++j) e[j] = std::exp(s[j] - top), t[j] = row.n * row.pi[j] * e[j], z += t[j];

  Point at{0, Row(k), Row(k), Row(k), Row(k * k)};
  double inverse = 0, inverse_squared = 0;  // means of 1 / D and 1 / D^2
  for (size_t j = 0; j < k; ++j) {
    const double d = in * e[j] + z;
    inverse += row.q[j] / d, inverse_squared += row.q[j] / (d * d);
    at.loss += row.q[j] * (std::log(d) + top) + (row.gamma * row.pi[j] - row.loss.delta * row.q[j]) * s[j];
  }
  for (size_t a = 0; a < k; ++a) {
    const double d_a = in * e[a] + z, p = e[a] / d_a, weight = row.q[a] * p;
    const double w_a = inverse * t[a] + in * weight;
    at.gradient[a] = w_a + row.gamma * row.pi[a] - row.loss.delta * row.q[a] - published * weight;
    for (size_t b = 0; b < k; ++b) {
      const double d_b = in * e[b] + z, same = a == b ? 1 : 0;
      at.jacobian[a * k + b] = same * (w_a - in * weight * p) - inverse_squared * t[a] * t[b] -
                               in * (weight / d_a * t[b] + row.q[b] * e[b] / (d_b * d_b) * t[a]) -
                               published * weight * (same * (1 - in * p) - t[b] / d_a);
    }
    const double share = over_all ? row.q[a] / (row.q[a] + row.n * row.pi[a]) : 0;
    at.positive[a] = p;
    at.read_out[a] = share * p + (1 - share) * e[a] * inverse;
  }
  return at;
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Point evaluate(const Anchor& row, const Row& s) {
  if (is_softmax(row)) return softmax_at(row, s);
  const size_t k = row.states();
  Point at{0, Row(k), s, s, Row(k * k)};
  for (size_t j = 0; j < k; ++j) {
    const double q = row.q[j], pi = row.pi[j], a = row.loss.negative_weight;
    const Divergence divergence = find_divergence(row.loss.divergence, row.loss.order);
    double& curvature = at.jacobian[j * k + j];
    switch (row.loss.kind) {
      case LossKind::sig_lip: {
        const double sigma = sigmoid(s[j]);
        at.loss += q * softplus(-s[j]) + row.n * pi * softplus(s[j]);
        at.gradient[j] = row.n * pi * sigma - q * sigmoid(-s[j]);
        curvature = (q + row.n * pi) * sigma * sigmoid(-s[j]);
        at.read_out[j] = at.positive[j] = sigma;
        break;
      }
      case LossKind::spectral:
        at.loss += pi * s[j] * s[j] - 2 * q * s[j];
        at.gradient[j] = 2 * pi * s[j] - 2 * q;
        curvature = 2 * pi;
        break;
      case LossKind::f_micl:
        at.loss += a * pi * divergence.conjugate(s[j]) - q * s[j];
        at.gradient[j] = a * pi * divergence.conjugate_slope(s[j]) - q;
        curvature = a * pi * divergence.conjugate_curvature(s[j]);
        break;
      default:  // simple
        at.loss += (pi - q) * s[j];
        at.gradient[j] = pi - q;
    }
  }
  return at;
}

// Every softmax loss is an sc_info_nce: delta 1 and gamma 0, with or without the positive in its denominator.
ContrastiveLoss as_sc_info_nce(ContrastiveLoss loss) {
  if (loss.kind == LossKind::dcl || loss.kind == LossKind::info_nce || loss.kind == LossKind::nt_xent) {
    loss.denominator = loss.kind == LossKind::dcl ? Denominator::negatives : Denominator::all;
    loss.positive_weight = PositiveWeight::exact;
    loss.delta = 1, loss.gamma = 0;
    loss.kind = LossKind::sc_info_nce;
  }
  return loss;
}

std::vector<int> seen_states(const Joint& joint) {
  std::vector<int> seen;
  for (int i = 0; i < joint.states(); ++i)
    if (joint.pi[size_t(i)] > 0) seen.push_back(i);
  return seen;
}

Anchor anchor(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, int i, const std::vector<int>& seen) {
  Anchor row{as_sc_info_nce(loss), double(negatives_of(loss, batch)), {}, {}};
  row.gamma = row.loss.gamma.value_or(row.loss.delta - 1);
  for (const int j : seen) {
    row.q.push_back(joint.c1(i, j) / joint.pi[size_t(i)]);
    row.pi.push_back(joint.pi[size_t(j)]);
  }
  return row;
}

Row gather(const StateMatrix& matrix, int i, const std::vector<int>& seen) {
  Row row;
  for (const int j : seen) row.push_back(matrix(i, j));
  return row;
}

// Calls body(i, anchor, point) for every row that is seen.
template <class Body>
void each_row(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits,
              Body body) {
  check(logits.values.size() == joint.c1.values.size(),
        "free logits: one for each pair of {} states is needed, {} in all, got {}", joint.states(),
        joint.c1.values.size(), logits.values.size());
  check(batch >= 2, "free logits: a batch of at least 2 pairs is needed, got {}", batch);
  const std::vector<int> seen = seen_states(joint);
  for (const int i : seen) body(i, seen, evaluate(anchor(joint, loss, batch, i, seen), gather(logits, i, seen)));
}

StateMatrix scatter(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits,
                    Row Point::*values) {
  StateMatrix matrix = state_matrix(joint.states(), kNaN);
  each_row(joint, loss, batch, logits, [&](int i, const std::vector<int>& seen, const Point& at) {
    for (size_t j = 0; j < seen.size(); ++j) matrix(i, seen[j]) = (at.*values)[j];
  });
  return matrix;
}

// x of a x = b by Gaussian elimination with pivoting, a (n, n) row by row; false where a is singular.
bool solve(Row a, Row& b) {
  const size_t n = b.size();
  for (size_t c = 0; c < n; ++c) {
    size_t pivot = c;
    for (size_t r = c + 1; r < n; ++r)
      if (std::abs(a[r * n + c]) > std::abs(a[pivot * n + c])) pivot = r;
    if (!(std::abs(a[pivot * n + c]) > 0) || !std::isfinite(a[pivot * n + c])) return false;
    for (size_t j = 0; j < n; ++j) std::swap(a[c * n + j], a[pivot * n + j]);
    std::swap(b[c], b[pivot]);
    for (size_t r = c + 1; r < n; ++r) {
      const double factor = a[r * n + c] / a[c * n + c];
      for (size_t j = c; j < n; ++j) a[r * n + j] -= factor * a[c * n + j];
      b[r] -= factor * b[c];
    }
  }
  for (size_t c = n; c-- > 0;) {
    for (size_t j = c + 1; j < n; ++j) b[c] -= a[c * n + j] * b[j];
    b[c] /= a[c * n + c];
  }
  return true;
}

// Whether some logit is where Tsallis' f* has no slope to come back by.
bool is_flat(const Anchor& row, const Row& s) {
  return row.loss.kind == LossKind::f_micl && row.loss.divergence == "tsallis" &&
         *std::min_element(s.begin(), s.end()) <= 0;
}

struct Descent {
  Row s;
  double drift = 0;
  int steps = 0;
  bool settled = false;
};

// How fast the shape moves where each logit goes by its derivative over its weight, and the velocity of the mean.
double shape_speed(const Anchor& row, const Row& weight, const Point& at, double& drift) {
  drift = 0;
  for (size_t j = 0; is_softmax(row) && j < row.states(); ++j) drift -= at.gradient[j];  // its weights sum to 1
  double speed = 0;
  for (size_t j = 0; j < row.states(); ++j) speed = larger(speed, std::abs(at.gradient[j] / weight[j] + drift));
  return speed;
}

// Implicit Euler steps of ds_j/dt = -g_j / w_j, linearised: (J + W / tau) d = -g for a step of length tau, which is
// Newton's as tau grows. A softmax does not see a uniform shift, J 1 = 0, and along it the step would be tau times
// the drift: it is kept apart, d = e + tau v 1 with pi . e = 0, so that (J + W / tau) e + v w = -g. What is left,
// e, is the motion of the shape and v the velocity of the mean.
Descent descend_row(const Anchor& row, const DescentOptions& options) {
  const size_t k = row.states(), m = is_softmax(row) ? k + 1 : k;
  const double end =
      row.loss.kind == LossKind::f_micl ? find_divergence(row.loss.divergence, row.loss.order).slope(1) : 0;
  Descent descent{Row(k, end)};
  Row weight = row.pi;  // sig_lip: so that a speed is that of sigma, relative to its target
  for (size_t j = 0; row.loss.kind == LossKind::sig_lip && j < k; ++j)
    weight[j] = row.q[j] > 0 ? row.q[j] : row.n * row.pi[j];
  Point at = evaluate(row, descent.s);
  if (row.loss.kind == LossKind::simple) {  // one step is as good as any
    for (size_t j = 0; j < k; ++j) descent.s[j] -= at.gradient[j] / weight[j];
    descent.steps = 1;
    return descent;
  }
  double speed = shape_speed(row, weight, at, descent.drift), tau = 1;
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
      double reach = 3, longest = 0;  // the most that a logit may move at once, and would
      for (size_t j = 0; j < k; ++j)
        reach = std::max(reach, std::abs(descent.s[j])), longest = std::max(longest, std::abs(d[j]));
      for (size_t j = 0; j < k; ++j) next[j] += std::min(1., reach / longest) * d[j];
      Point there = evaluate(row, next);
      double drift = 0;
      const double slower = shape_speed(row, weight, there, drift);
      better = slower < speed && !is_flat(row, next);
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

// Where the logits of a row do not meet, each of them by itself.
Descent descend_each(const Anchor& row, const DescentOptions& options) {
  Descent descent;
  descent.settled = true;
  for (size_t j = 0; j < row.states(); ++j) {
    const Descent one = descend_row({row.loss, row.n, {row.q[j]}, {row.pi[j]}}, options);
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
    if (!std::isfinite(t)) continue;  // of a state that is never seen, or a logit without end
    largest = larger(largest, std::abs(measured.values[e] - t) / (t == 0 ? mean : std::abs(t)));
  }
  return largest;
}

}  // namespace

double expected_loss(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits) {
  double value = 0;
  each_row(joint, loss, batch, logits,
           [&](int i, const std::vector<int>&, const Point& at) { value += joint.pi[size_t(i)] * at.loss; });
  return value;
}

StateMatrix expected_gradient(const Joint& joint, const ContrastiveLoss& loss, int64_t batch,
                              const StateMatrix& logits) {
  StateMatrix gradient = scatter(joint, loss, batch, logits, &Point::gradient);
  for (int i = 0; i < joint.states(); ++i)
    for (int j = 0; j < joint.states(); ++j)
      gradient(i, j) = joint.c2(i, j) == 0 ? 0 : gradient(i, j) * joint.pi[size_t(i)];
  return gradient;
}

StateMatrix read_out(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits) {
  return scatter(joint, loss, batch, logits, &Point::read_out);
}

StateMatrix read_out_of_positives(const Joint& joint, const ContrastiveLoss& loss, int64_t batch,
                                  const StateMatrix& logits) {
  return scatter(joint, loss, batch, logits, &Point::positive);
}

FreeLogits descend(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const DescentOptions& options) {
  FreeLogits result;
  result.reach = reach_of(joint, loss, batch);
  if (loss.kind != LossKind::simple) result.target = target(joint, loss, batch);
  result.logits = state_matrix(joint.states(), kNaN);
  result.drift.assign(size_t(joint.states()), 0);
  result.settled = true;
  const std::vector<int> seen = seen_states(joint);
  std::vector<Descent> rows(seen.size());
  parallel_for(int64_t(seen.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Anchor row = anchor(joint, loss, batch, seen[size_t(r)], seen);
      rows[size_t(r)] = is_softmax(row) ? descend_row(row, options) : descend_each(row, options);
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
      relative_deviation(read_out_of_positives(joint, loss, batch, result.logits), result.target);
  result.shape_deviation = relative_deviation(result.read_out, result.reach.shape);
  return result;
}

std::vector<FreeLogitRow> free_logit_table(const Joint& joint, const FreeLogitGrid& grid) {
  std::vector<FreeLogitRow> rows;
  const auto add = [&](const ContrastiveLoss& loss, int64_t batch) {
    if (!grid.wanted || grid.wanted(loss))
      rows.push_back({loss, batch, descend(joint, loss, batch == 0 ? 2 : batch)});
  };
  for (const LossKind kind : {LossKind::info_nce, LossKind::nt_xent, LossKind::dcl, LossKind::sig_lip})
    for (const int64_t batch : grid.batches) add({.kind = kind}, batch);
  for (const Denominator denominator : {Denominator::negatives, Denominator::all})
    for (const PositiveWeight weight : {PositiveWeight::exact, PositiveWeight::published})
      for (const auto& [delta, gamma] : grid.delta_gamma)
        for (const int64_t batch : grid.batches)
          add({.kind = LossKind::sc_info_nce,
               .delta = delta,
               .gamma = gamma,
               .denominator = denominator,
               .positive_weight = weight},
              batch);
  add({.kind = LossKind::spectral}, 0);
  for (const std::string& divergence : divergence_names())
    add({.kind = LossKind::f_micl, .divergence = divergence}, 0);
  add({.kind = LossKind::simple}, 0);
  return rows;
}

}  // namespace nce::losses
