#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nce/core/error.h"
#include "nce/losses/theory/target.h"

namespace nce::losses {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kOnTheLine = 1e-9;  // rounding of delta - gamma - 1, both read from decimals

double least(const StateMatrix& ratio) {
  double least = std::numeric_limits<double>::infinity();
  for (const double r : ratio.values) least = r < least ? r : least;
  return least;
}

/// With Z_i = n sum_k pi_k exp(s_ik):
///
///     negatives   log Z_i - delta sum_j q_j s_ij + gamma sum_j pi_j s_ij
///     all         sum_j q_j (log(exp(s_ij) + Z_i) - delta s_ij) + gamma sum_j pi_j s_ij
///
/// `published` adds -q_j p_j to the derivatives and nothing to the loss.
class Softmax final : public Target {
 public:
  explicit Softmax(const SoftmaxOptions& options)
      : o_(options),
        all_(o_.denominator == Denominator::all),
        published_(o_.positive_weight == PositiveWeight::published) {
    check(std::isfinite(o_.delta) && std::isfinite(o_.gamma),
          "target: delta and gamma must be finite, got {} and {}", o_.delta, o_.gamma);
  }

  std::string name() const override {
    if (!o_.has_scale) return o_.name;
    return fmt::format("{} (delta {:g}, gamma {:g}, {}, {})", o_.name, o_.delta, o_.gamma,
                       all_ ? "all" : "negatives", published_ ? "published" : "exact");
  }
  std::optional<Scale> scale() const override {
    return o_.has_scale ? std::optional<Scale>({o_.delta, o_.gamma}) : std::nullopt;
  }
  NegativesFrom negatives_from() const override { return o_.negatives; }
  PairsOf pairs() const override { return all_ && !published_ ? PairsOf::all : PairsOf::negatives; }
  bool has_target() const override { return !o_.weighted; }
  bool depends_on_batch() const override { return true; }
  bool has_expected_loss() const override { return !o_.weighted; }
  double at(double ratio, double n) const override { return settled_at(ratio, n, 0); }
  Reach reach(const Joint& joint, int64_t batch) const override;
  std::string note() const override;

  ExpectedRow expected(const Anchor& anchor, const std::vector<double>& logits) const override;
  bool couples_logits() const override { return true; }

  void read_out(std::span<double> s, int64_t positive, int64_t self, double, double) const override;
  const char* positive_name() const override {
    return all_ ? "probability of the positive" : "weight of the positive over that of all negatives";
  }
  double mean_positive(const Tensor& z1, const Tensor& z2, double temperature, double) const override {
    return positive_probability(
               z1, z2, {.temperature = temperature, .negatives = o_.negatives, .denominator = o_.denominator})
        .item();
  }
  std::string shown_name() const override {
    return o_.negatives == NegativesFrom::both_views ? "2 p (B - 1)" : "p (B - 1)";
  }

 private:
  double settled_at(double r, double n, double slope) const override {
    const double candidates = n + (all_ && !published_ ? r : 0) - (!all_ && published_ ? r : 0);
    return (o_.delta * r - o_.gamma + slope) / candidates;
  }
  double drift_slope(const Joint& joint, const StateMatrix& ratio, int row, double n) const override {
    return published_ ? published_slope(joint, ratio, row, n) : -excess();
  }
  double published_slope(const Joint& joint, const StateMatrix& ratio, int row, double n) const;
  // delta - gamma - 1: 0 on the line.
  double excess() const { return o_.delta - o_.gamma - 1; }
  std::string drift_text(bool settles, double pull) const;

  SoftmaxOptions o_;
  bool all_, published_;
};

// 1 + gamma - delta minus the mean p of the positives of row i, once all its logits move equally fast. NaN if they do
// not come to that.
double Softmax::published_slope(const Joint& joint, const StateMatrix& ratio, int i, double n) const {
  const std::vector<int> seen = joint.seen();
  if (!all_) {
    // The mean over pi of n p = (delta r - gamma + slope) / (1 - r/n) is 1: an equation that is linear in the slope.
    double without = 0, with = 0;
    for (const int j : seen) {
      const double weight = joint.pi[size_t(j)];
      without += weight * (o_.delta * ratio(i, j) - o_.gamma) / (1 - ratio(i, j) / n);
      with += weight / (1 - ratio(i, j) / n);
    }
    return (1 - without) / with;
  }
  // exp(s_j) is proportional to a_j = delta r_j - gamma + slope, whose mean is 1 - E[p]. So p_j = a_j / (a_j + n (1 -
  // E[p])). Its mean over the positives is E[p] = 1 + gamma - delta - slope. Bisection solves this for x = E[p].
  const auto excess = [&](double x) {
    double mean = 0;
    for (const int j : seen) {
      const double a = o_.delta * (ratio(i, j) - 1) + 1 - x;
      mean += joint.pi[size_t(j)] * ratio(i, j) * a / (a + n * (1 - x));
    }
    return mean - x;
  };
  double low = 0, high = 1;
  for (const int j : seen) high = std::min(high, o_.delta * (ratio(i, j) - 1) + 1);
  if (high <= 0 || excess(high) > 0) return kNaN;  // some a_j would have to be negative
  for (int step = 0; step < 200; ++step) {
    const double middle = (low + high) / 2;
    (excess(middle) > 0 ? low : high) = middle;
  }
  return 1 + o_.gamma - o_.delta - low;
}

// `pull`: of all rows together. Empty if nothing drifts.
std::string Softmax::drift_text(bool settles, double pull) const {
  if (std::abs(excess()) <= kOnTheLine) {
    if (!published_ || !settles) return "";
    return fmt::format(
        "The published weight adds the probability of the positive to its pull. Even on the line delta - gamma = 1 "
        "all logits therefore drift up, as if raising them by 1 lowered the loss by {:.2g}, and their differences "
        "end off the target by about as much.",
        pull);
  }
  std::string text = fmt::format(
      "delta - gamma = {:.6g}, not 1: the target does not sum to one, so no logits have it. Raising all logits of "
      "row i by 1 changes the loss by {:.4g} pi_i wherever they are, so all drift {} without end.",
      1 + excess(), -excess(), (settles ? pull : excess()) > 0 ? "up" : "down");
  if (settles)
    text += fmt::format(" Their differences settle {}where ({:.6g}, {:.6g}), on the line, would have them.",
                        published_ ? "about " : "", o_.delta, o_.delta - 1);
  if (settles && published_)
    text += fmt::format(
        " The published weight adds the probability of the positive to its pull: the drift is {:+.4g} where it "
        "would be {:+.4g}.",
        pull, excess());
  return text;
}

Reach Softmax::reach(const Joint& joint, int64_t batch) const {
  const StateMatrix ratio = joint.ratio();
  if (published_ && !all_)
    for (size_t e = 0; e < ratio.values.size(); ++e)
      if (ratio.values[e] >= double(negatives(batch)))
        return {
            .outcome = Outcome::pushes_apart,
            .slope = std::vector<double>(joint.pi.size(), kNaN),
            .text = fmt::format(
                "The published weight has a fixed point only where c1 < (B - 1) c2, and for state {} that is not "
                "so: batches of {} are too small, and descent does not settle.",
                joint.name(int(e) / joint.states()), batch)};
  Reach reach = Target::reach(joint, batch);
  const bool settles = reach.row < 0;
  if (!settles && published_) reach.slope.assign(joint.pi.size(), kNaN);
  const double pull = -std::accumulate(reach.slope.begin(), reach.slope.end(), 0.);
  if (pull > 0 || pull < 0) {
    reach.outcome = pull > 0 ? Outcome::drifts_up : Outcome::drifts_down;
  } else if (settles && pairs() == PairsOf::all) {
    reach.outcome = Outcome::reaches_as_batch_grows;
    reach.text =
        "The mean of p over all candidates reaches the target at any batch size B. The mean over positives alone, "
        "each of which stands in its own denominator, comes to it as B grows: it is off by about c1/(c2 B).";
  }
  const std::string drift = drift_text(settles, pull);
  if (settles && !drift.empty()) reach.text = drift;
  if (settles) return reach;
  if (published_)
    reach.text = fmt::format(
        "The published weight pulls the other logits up so far that states {} and {} (c1/c2 = {:.4g}) are left no "
        "probability above 0: their logit falls without end.",
        joint.name(reach.row), joint.name(reach.column), ratio(reach.row, reach.column));
  else if (o_.delta > 1)
    reach.text += fmt::format(" Below delta = {:.4g} it is above 0 for all states.", 1 / (1 - least(ratio)));
  if (!drift.empty()) reach.text = drift + ' ' + reach.text;
  return reach;
}

std::string Softmax::note() const {
  if (std::abs(excess()) <= kOnTheLine) return "";
  return fmt::format(
      "delta - gamma = {:.6g}, not 1: no logits have this target, all drift {} (by {:.6g} of the loss for each "
      "unit) until |s| <= 1/temperature stops them; the clusters' shape is that of delta = {:.6g} alone",
      1 + excess(), excess() > 0 ? "up" : "down", std::abs(excess()), o_.delta);
}

// With e = exp(s) and t = n pi e, Z is the sum of t. A positive in state j has D_j = Z, or D_j = e_j + Z if it is in
// its denominator. d log D_j / ds is w_j = t / D_j, plus e_j / D_j at j. The derivative of that is diag(w_j) - w_j
// w_j^T. The sums of these over j, weighted by q_j, are the few vectors below.
ExpectedRow Softmax::expected(const Anchor& row, const std::vector<double>& s) const {
  const size_t k = s.size();
  const double in = all_ ? 1 : 0, published = published_ ? 1 : 0;
  const double top = *std::max_element(s.begin(), s.end());
  std::vector<double> e(k), t(k);
  double z = 0;
  for (size_t j = 0; j < k; ++j) e[j] = std::exp(s[j] - top), t[j] = row.negatives * row.pi[j] * e[j], z += t[j];

  ExpectedRow at{0, std::vector<double>(k), std::vector<double>(k), std::vector<double>(k),
                 std::vector<double>(k * k)};
  double inverse = 0, inverse_squared = 0;  // means of 1 / D and 1 / D^2
  for (size_t j = 0; j < k; ++j) {
    const double d = in * e[j] + z;
    inverse += row.q[j] / d, inverse_squared += row.q[j] / (d * d);
    at.loss += row.q[j] * (std::log(d) + top) + (o_.gamma * row.pi[j] - o_.delta * row.q[j]) * s[j];
  }
  for (size_t a = 0; a < k; ++a) {
    const double d_a = in * e[a] + z, p = e[a] / d_a, weight = row.q[a] * p;
    const double w_a = inverse * t[a] + in * weight;
    at.gradient[a] = w_a + o_.gamma * row.pi[a] - o_.delta * row.q[a] - published * weight;
    for (size_t b = 0; b < k; ++b) {
      const double d_b = in * e[b] + z, same = a == b ? 1 : 0;
      at.jacobian[a * k + b] = same * (w_a - in * weight * p) - inverse_squared * t[a] * t[b] -
                               in * (weight / d_a * t[b] + row.q[b] * e[b] / (d_b * d_b) * t[a]) -
                               published * weight * (same * (1 - in * p) - t[b] / d_a);
    }
    const double share = pairs() == PairsOf::all ? row.q[a] / (row.q[a] + row.negatives * row.pi[a]) : 0;
    at.positive[a] = p;
    at.read_out[a] = share * p + (1 - share) * e[a] * inverse;
  }
  return at;
}

void Softmax::read_out(std::span<double> s, int64_t positive, int64_t self, double, double) const {
  const int64_t m = int64_t(s.size());
  const auto in_denominator = [&](int64_t k) { return k != self && (all_ || k != positive); };
  double top = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int64_t k = 0; k < m; ++k)
    if (in_denominator(k)) top = std::max(top, s[size_t(k)]);
  for (int64_t k = 0; k < m; ++k) {
    double& value = s[size_t(k)];
    value = std::exp(value - top);
    if (in_denominator(k)) sum += value;
  }
  for (double& value : s) value /= sum;
}

}  // namespace

std::unique_ptr<Target> softmax_target(const SoftmaxOptions& options) { return std::make_unique<Softmax>(options); }

}  // namespace nce::losses
