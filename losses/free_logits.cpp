#include "nce/losses/free_logits.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

struct Point {
  double loss = 0;
  Row gradient, read_out, positive;
  Row jacobian;  // of the gradient, (K, K) row by row
};

// Sum of weight_j (diag(w_j) - w_j w_j^T): what log-sum-exp has for a second derivative.
void add_softmax_curvature(Row& jacobian, const Row& w, double weight) {
  const size_t k = w.size();
  for (size_t a = 0; a < k; ++a)
    for (size_t b = 0; b < k; ++b) jacobian[a * k + b] += weight * ((a == b ? w[a] : 0) - w[a] * w[b]);
}

Point softmax_at(const Anchor& row, const Row& s) {
  const size_t k = row.states();
  const bool all = row.loss.denominator == Denominator::all;
  const bool published = row.loss.positive_weight == PositiveWeight::published;
  Point at{0, Row(k), Row(k), Row(k), Row(k * k)};
  const double top = *std::max_element(s.begin(), s.end());
  Row e(k);
  double z = 0, seen = 0;  // the negatives' sum, and E[1/D] as a negative sees it
  for (size_t j = 0; j < k; ++j) e[j] = std::exp(s[j] - top), z += row.n * row.pi[j] * e[j];
  for (size_t j = 0; j < k; ++j) {
    at.loss += (row.gamma * row.pi[j] - row.loss.delta * row.q[j]) * s[j];
    at.gradient[j] = row.gamma * row.pi[j] - row.loss.delta * row.q[j];
  }
  // One denominator for each state j that the positive may be in; without the positive in it they are all one.
  for (size_t j = 0; j < (all ? k : 1); ++j) {
    const double weight = all ? row.q[j] : 1, d = z + (all ? e[j] : 0);
    Row w(k);
    for (size_t a = 0; a < k; ++a) w[a] = (row.n * row.pi[a] + (all && a == j ? 1 : 0)) * e[a] / d;
    at.loss += weight * (std::log(d) + top);
    seen += weight / d;
    for (size_t a = 0; a < k; ++a) at.gradient[a] += weight * w[a];
    add_softmax_curvature(at.jacobian, w, weight);
    if (all) at.positive[j] = e[j] / d;
    for (size_t a = 0; a < k && published; ++a) {  // rows of p_a q_a: of this denominator, or of each
      if (all && a != j) continue;
      const double p = e[a] / d;
      at.gradient[a] -= row.q[a] * p;
      for (size_t b = 0; b < k; ++b) at.jacobian[a * k + b] -= row.q[a] * p * ((a == b ? 1 : 0) - w[b]);
    }
  }
  const bool over_all = pairs_of(row.loss) == PairsOf::all;
  for (size_t j = 0; j < k; ++j) {
    const double negative = e[j] * seen;
    if (!all) at.positive[j] = negative;
    const double share = over_all ? row.q[j] / (row.q[j] + row.n * row.pi[j]) : 0;
    at.read_out[j] = share * at.positive[j] + (1 - share) * negative;
  }
  return at;
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Point evaluate(const Anchor& row, const Row& s) {
  if (row.loss.kind == LossKind::sc_info_nce) return softmax_at(row, s);
  const size_t k = row.states();
  Point at{0, Row(k), s, s, Row(k * k)};
  for (size_t j = 0; j < k; ++j) {
    const double q = row.q[j], pi = row.pi[j], a = row.loss.negative_weight;
    const Divergence divergence = row.loss.divergence;
    const double order = row.loss.order;
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
        at.loss += a * pi * divergence_conjugate(divergence, s[j], order) - q * s[j];
        at.gradient[j] = a * pi * divergence_conjugate_slope(divergence, s[j], order) - q;
        curvature = a * pi * divergence_conjugate_curvature(divergence, s[j], order);
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
  return row.loss.kind == LossKind::f_micl && row.loss.divergence == Divergence::tsallis &&
         *std::min_element(s.begin(), s.end()) <= 0;
}

struct Descent {
  Row s;
  double drift = 0;
  int steps = 0;
  bool settled = false;
};

// Implicit Euler steps of ds_j/dt = -g_j / w_j, linearised: (J + W / tau) d = -g for a step of length tau, which is
// Newton's as tau grows. A softmax does not see a uniform shift, J 1 = 0, and along it the step would be tau times
// the drift: it is kept apart, d = e + tau v 1 with pi . e = 0, so that (J + W / tau) e + v w = -g. What is left,
// e, is the motion of the shape and v the velocity of the mean.
Descent descend_row(const Anchor& row, const DescentOptions& options) {
  const size_t k = row.states();
  const bool drifts = row.loss.kind == LossKind::sc_info_nce;
  Row w(k);
  for (size_t j = 0; j < k; ++j) w[j] = row.pi[j];
  if (row.loss.kind == LossKind::sig_lip)
    for (size_t j = 0; j < k; ++j) w[j] = row.q[j] + row.n * row.pi[j];
  const auto shape_speed = [&](const Point& at, double& drift) {
    drift = 0;
    for (size_t j = 0; drifts && j < k; ++j) drift -= at.gradient[j];  // w = pi sums to 1
    double speed = 0;
    for (size_t j = 0; j < k; ++j) {
      const double v = std::abs(at.gradient[j] / w[j] + drift);
      if (!(v <= speed)) speed = v;  // NaN too
    }
    return speed;
  };

  Descent descent;
  descent.s.assign(
      k, row.loss.kind == LossKind::f_micl ? divergence_slope(row.loss.divergence, 1, row.loss.order) : 0);
  Point at = evaluate(row, descent.s);
  double speed = shape_speed(at, descent.drift), tau = 1;
  if (row.loss.kind == LossKind::simple) {  // one step is as good as any
    for (size_t j = 0; j < k; ++j) descent.s[j] -= at.gradient[j] / w[j];
    descent.steps = 1;
    return descent;
  }
  for (; descent.steps < options.max_steps && tau > 1e-9; ++descent.steps) {
    if (speed <= options.tolerance) {
      descent.settled = true;
      break;
    }
    const size_t m = drifts ? k + 1 : k;
    Row a(m * m), d(m);
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = 0; j < k; ++j) a[i * m + j] = at.jacobian[i * k + j];
      a[i * m + i] += w[i] / tau;
      d[i] = -at.gradient[i];
      if (drifts) a[i * m + k] = w[i], a[k * m + i] = row.pi[i];
    }
    Row next = descent.s;
    double longest = 0;
    bool better = solve(std::move(a), d);
    for (size_t j = 0; better && j < k; ++j) longest = std::max(longest, std::abs(d[j]));
    if (better) {
      const double cut = longest > 3 ? 3 / longest : 1;
      for (size_t j = 0; j < k; ++j) next[j] += cut * d[j];
      const Point there = evaluate(row, next);
      double drift = 0;
      const double slower = shape_speed(there, drift);
      better = slower < speed && !is_flat(row, next);
      if (better) descent.s = next, at = there, speed = slower, descent.drift = drift;
    }
    tau = better ? std::min(tau * 10, 1e15) : tau / 4;
  }
  return descent;
}

double relative_deviation(const StateMatrix& measured, const StateMatrix& target) {
  if (target.values.empty()) return kNaN;
  double mean = 0, largest = 0;
  size_t count = 0;
  for (const double t : target.values)
    if (std::isfinite(t)) mean += std::abs(t), ++count;
  for (size_t e = 0; e < target.values.size(); ++e) {
    const double t = target.values[e];
    if (std::isnan(t)) continue;  // a state that is never seen
    const double deviation = std::abs(measured.values[e] - t) / (t == 0 ? mean / double(count) : std::abs(t));
    if (!(deviation <= largest)) largest = deviation;
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
  for (const int i : seen) {
    const Descent descent = descend_row(anchor(joint, loss, batch, i, seen), options);
    for (size_t j = 0; j < seen.size(); ++j) result.logits(i, seen[j]) = descent.s[j];
    result.drift[size_t(i)] = descent.drift;
    result.drift_deviation = std::max(
        result.drift_deviation, std::abs(descent.drift + result.reach.slope[size_t(i)] / joint.pi[size_t(i)]));
    result.steps = std::max(result.steps, descent.steps);
    result.settled = result.settled && descent.settled;
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
  for (const Divergence divergence : {Divergence::kl, Divergence::chi2, Divergence::js,
                                      Divergence::squared_hellinger, Divergence::tsallis, Divergence::vlc})
    add({.kind = LossKind::f_micl, .divergence = divergence}, 0);
  add({.kind = LossKind::simple}, 0);
  return rows;
}

}  // namespace nce::losses
