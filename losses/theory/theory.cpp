#include "nce/losses/theory/theory.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nce/core/error.h"

namespace nce::losses {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kOnTheLine = 1e-9;  // what delta - gamma - 1 is off by when both came from decimals

double gamma_of(const ContrastiveLoss& loss) { return loss.gamma.value_or(loss.delta - 1); }

void check_probabilities(const double* p, int n, const std::string& what) {
  double sum = 0;
  for (int k = 0; k < n; ++k) {
    check(std::isfinite(p[k]) && p[k] >= 0, "joint_of: {} has {} at {}, not a probability", what, p[k], k);
    sum += p[k];
  }
  check(std::abs(sum - 1) <= 1e-9, "joint_of: {} sums to {:.12g}, not to 1", what, sum);
}

void check_loss(const ContrastiveLoss& loss, int64_t batch) {
  check(batch >= 2, "target: a batch of at least 2 pairs is needed, got {}", batch);
  if (loss.kind == LossKind::sc_info_nce)
    check(std::isfinite(loss.delta) && std::isfinite(gamma_of(loss)),
          "target: delta and gamma must be finite, got {} and {}", loss.delta, gamma_of(loss));
  if (loss.kind == LossKind::f_micl) {
    check(loss.negative_weight > 0, "target: the weight of the negatives must be positive, got {}",
          loss.negative_weight);
    check(loss.divergence != "tsallis" || loss.order > 1,
          "target: the order of the Tsallis divergence must be above 1, got {}", loss.order);
  }
}

// The target by ratio r = c1 / c2, with `shift` added to -gamma (see `Reach::shape`).
double target_of(const ContrastiveLoss& loss, double r, double n, double shift = 0) {
  const bool all = loss.denominator == Denominator::all, exact = loss.positive_weight == PositiveWeight::exact;
  switch (loss.kind) {
    case LossKind::info_nce:
    case LossKind::nt_xent:
    case LossKind::sig_lip:
      return r / (r + n);
    case LossKind::dcl:
      return r / n;
    case LossKind::sc_info_nce:
      return (loss.delta * r - gamma_of(loss) + shift) / (n + (all && exact ? r : 0) - (!all && !exact ? r : 0));
    case LossKind::spectral:
      return r;
    case LossKind::f_micl:
      return find_divergence(loss.divergence, loss.order).slope(r / loss.negative_weight);
    case LossKind::simple:
      break;
  }
  return kNaN;
}

// Slope of the loss of row i by a uniform shift, over pi_i, for `published` (see `Reach`): 1 + gamma - delta less
// the mean p of its positives where all logits of the row move at one velocity.
double published_slope(const ContrastiveLoss& loss, const Joint& joint, const StateMatrix& ratio, int i, double n) {
  const double delta = loss.delta, gamma = gamma_of(loss);
  const int k = joint.states();
  if (loss.denominator == Denominator::negatives) {
    // n p = (delta r - gamma + slope) / (1 - r/n), whose mean over pi is 1: linear in the slope.
    double without = 0, with = 0;
    for (int j = 0; j < k; ++j) {
      const double weight = joint.pi[size_t(j)];
      if (weight == 0) continue;
      without += weight * (delta * ratio(i, j) - gamma) / (1 - ratio(i, j) / n);
      with += weight / (1 - ratio(i, j) / n);
    }
    return (1 - without) / with;
  }
  // exp(s_j) is in proportion to a_j = delta r_j - gamma + slope, of mean 1 - E[p]; and so p_j = a_j / (a_j + n (1
  // - E[p])), whose mean over the positives is E[p] = 1 + gamma - delta - slope. Solved for x = E[p] by bisection.
  const auto excess = [&](double x) {
    double mean = 0;
    for (int j = 0; j < k; ++j) {
      if (joint.pi[size_t(j)] == 0) continue;
      const double a = delta * (ratio(i, j) - 1) + 1 - x;
      mean += joint.pi[size_t(j)] * ratio(i, j) * a / (a + n * (1 - x));
    }
    return mean - x;
  };
  double low = 0, high = 1;
  for (int j = 0; j < k; ++j)
    if (joint.pi[size_t(j)] != 0) high = std::min(high, delta * (ratio(i, j) - 1) + 1);
  if (high <= 0 || excess(high) > 0) return kNaN;  // some a_j would have to be negative
  for (int step = 0; step < 200; ++step) {
    const double middle = (low + high) / 2;
    (excess(middle) > 0 ? low : high) = middle;
  }
  return 1 + gamma - delta - low;
}

double least(const StateMatrix& ratio) {
  double least = std::numeric_limits<double>::infinity();
  for (const double r : ratio.values) least = r < least ? r : least;
  return least;
}

bool is_published(const ContrastiveLoss& loss) {
  return loss.kind == LossKind::sc_info_nce && loss.positive_weight == PositiveWeight::published;
}

// How far delta - gamma is above 1.
double excess_of(const ContrastiveLoss& loss) {
  return loss.kind == LossKind::sc_info_nce ? loss.delta - gamma_of(loss) - 1 : 0;
}

// What is to be said of a drift; `pull` is that of all rows, `settles` says that the shape has an end. Empty where
// nothing drifts.
std::string drift_text(const ContrastiveLoss& loss, bool settles, double pull) {
  const double excess = excess_of(loss);
  if (std::abs(excess) <= kOnTheLine) {
    if (!is_published(loss) || !settles) return "";
    return fmt::format(
        "The published weight adds the probability of the positive to its pull. Even on the line delta - gamma = 1 "
        "all logits therefore drift up, as if raising them by 1 lowered the loss by {:.2g}, and their differences "
        "end off the target by about as much.",
        pull);
  }
  std::string text = fmt::format(
      "delta - gamma = {:.6g}, not 1: the target does not sum to one, so no logits have it. Raising all logits "
      "of row i by 1 changes the loss by {:.4g} pi_i wherever they are, so all drift {} without end.",
      1 + excess, -excess, (settles ? pull : excess) > 0 ? "up" : "down");
  if (settles)
    text += fmt::format(" Their differences settle {}where ({:.6g}, {:.6g}), on the line, would have them.",
                        is_published(loss) ? "about " : "", loss.delta, loss.delta - 1);
  if (settles && is_published(loss))
    text += fmt::format(
        " The published weight adds the probability of the positive to its pull: the drift is {:+.4g} where it "
        "would "
        "be {:+.4g}.",
        pull, excess);
  return text;
}

// What is to be said of states whose logit has no end.
std::string apart_text(const ContrastiveLoss& loss, const Joint& joint, const StateMatrix& ratio, int row,
                       int column) {
  const std::string states =
      fmt::format("{} and {} (c1/c2 = {:.4g})", joint.name(row), joint.name(column), ratio(row, column));
  if (is_published(loss))
    return fmt::format(
        "The published weight pulls the other logits up so far that states {} are left no probability above 0: "
        "their logit falls without end.",
        states);
  std::string text = fmt::format("For states {} the target asks for {}: their logit falls without end.", states,
                                 loss.kind == LossKind::f_micl ? "a logit of -inf" : "a probability of 0 or less");
  if (loss.kind == LossKind::sc_info_nce && loss.delta > 1)
    text += fmt::format(" Below delta = {:.4g} it is above 0 for all states.", 1 / (1 - least(ratio)));
  return text;
}

}  // namespace

StateMatrix state_matrix(int states, double value) {
  return {states, std::vector<double>(size_t(states) * size_t(states), value)};
}

std::string Joint::name(int state) const { return names.empty() ? std::to_string(state) : names[size_t(state)]; }

StateMatrix Joint::ratio() const {
  StateMatrix ratio = state_matrix(states());
  for (size_t e = 0; e < ratio.values.size(); ++e)
    ratio.values[e] = c2.values[e] == 0 ? kNaN : c1.values[e] / c2.values[e];
  return ratio;
}

StateMatrix Joint::pmi() const {
  StateMatrix pmi = ratio();
  for (double& value : pmi.values) value = std::log(value);
  return pmi;
}

Joint joint_of(const std::vector<double>& source, const StateMatrix& transition) {
  const int k = transition.states;
  check(k >= 1 && transition.values.size() == size_t(k) * size_t(k),
        "joint_of: a transition matrix of {} states has {} entries, got {}", k, k * k, transition.values.size());
  check(source.size() == size_t(k), "joint_of: {} source probabilities for a transition matrix of {} states",
        source.size(), k);
  check_probabilities(source.data(), k, "the source distribution");
  std::vector<double> p = source;
  StateMatrix a = transition;
  const auto normalise = [](double* row, int n) {
    double sum = 0;
    for (int j = 0; j < n; ++j) sum += row[j];
    for (int j = 0; j < n; ++j) row[j] /= sum;
  };
  normalise(p.data(), k);
  for (int i = 0; i < k; ++i) {
    check_probabilities(&a.values[size_t(i) * size_t(k)], k, fmt::format("row {} of the transition matrix", i));
    normalise(&a.values[size_t(i) * size_t(k)], k);
  }
  Joint joint{std::vector<double>(size_t(k)), state_matrix(k), state_matrix(k)};
  for (int s = 0; s < k; ++s)
    for (int i = 0; i < k; ++i) {
      joint.pi[size_t(i)] += p[size_t(s)] * a(s, i);
      for (int j = 0; j < k; ++j) joint.c1(i, j) += p[size_t(s)] * a(s, i) * a(s, j);
    }
  for (int i = 0; i < k; ++i)
    for (int j = 0; j < k; ++j) joint.c2(i, j) = joint.pi[size_t(i)] * joint.pi[size_t(j)];
  return joint;
}

std::string name_of(const ContrastiveLoss& loss) {
  switch (loss.kind) {
    case LossKind::info_nce:
      return "info_nce";
    case LossKind::nt_xent:
      return "nt_xent";
    case LossKind::dcl:
      return loss.both_views ? "dcl (both views)" : "dcl";
    case LossKind::sc_info_nce:
      return fmt::format("sc_info_nce (delta {:g}, gamma {:g}, {}, {})", loss.delta, gamma_of(loss),
                         loss.denominator == Denominator::all ? "all" : "negatives",
                         loss.positive_weight == PositiveWeight::exact ? "exact" : "published");
    case LossKind::sig_lip:
      return "sig_lip";
    case LossKind::spectral:
      return "spectral_contrastive";
    case LossKind::f_micl:
      return fmt::format("f_micl ({})", loss.divergence);
    case LossKind::simple:
      return "simple_contrastive";
  }
  return "?";
}

int64_t negatives_of(const ContrastiveLoss& loss, int64_t batch) {
  const bool both = loss.kind == LossKind::nt_xent || (loss.kind == LossKind::dcl && loss.both_views);
  return (both ? 2 : 1) * (batch - 1);
}

std::string read_out_of(const ContrastiveLoss& loss) {
  switch (loss.kind) {
    case LossKind::sig_lip:
      return "sigma(s_ij)";
    case LossKind::spectral:
    case LossKind::f_micl:
    case LossKind::simple:
      return "s_ij";
    default:
      return "exp(s_ij) / D_i";
  }
}

PairsOf pairs_of(const ContrastiveLoss& loss) {
  switch (loss.kind) {
    case LossKind::info_nce:
    case LossKind::nt_xent:
    case LossKind::sig_lip:
      return PairsOf::all;
    case LossKind::sc_info_nce:
      return loss.denominator == Denominator::all && loss.positive_weight == PositiveWeight::exact
                 ? PairsOf::all
                 : PairsOf::negatives;
    default:
      return PairsOf::negatives;
  }
}

StateMatrix target(const Joint& joint, const ContrastiveLoss& loss, int64_t batch) {
  check_loss(loss, batch);
  check(loss.kind != LossKind::simple,
        "target: the simple loss is linear and has none: every logit runs to its bound");
  StateMatrix target = joint.ratio();
  for (double& r : target.values) r = target_of(loss, r, double(negatives_of(loss, batch)));
  return target;
}

Reach reach_of(const Joint& joint, const ContrastiveLoss& loss, int64_t batch) {
  check_loss(loss, batch);
  const int k = joint.states();
  const double n = double(negatives_of(loss, batch));
  const bool published = is_published(loss);
  const StateMatrix ratio = joint.ratio();
  Reach reach;
  reach.slope.assign(size_t(k), 0);
  if (loss.kind == LossKind::simple) {
    reach.outcome = Outcome::linear;
    reach.text =
        "The loss is linear in the logits: it has no target. Every logit runs to its bound, up where c1 > c2 and "
        "down where c1 < c2.";
    return reach;
  }
  reach.shape = ratio;
  int row = -1, column = -1;  // of the smallest c1/c2 whose read-out would not be positive
  for (int i = 0; i < k; ++i) {
    if (joint.pi[size_t(i)] == 0) continue;
    double slope = published ? published_slope(loss, joint, ratio, i, n) : -excess_of(loss);  // over pi_i
    if (std::abs(slope) <= kOnTheLine) slope = 0;
    reach.slope[size_t(i)] = slope * joint.pi[size_t(i)];
    for (int j = 0; j < k; ++j) {
      const double r = ratio(i, j);
      if (published && loss.denominator == Denominator::negatives && r >= n) {
        reach.outcome = Outcome::pushes_apart, reach.shape = {};
        reach.slope.assign(size_t(k), kNaN);
        reach.text = fmt::format(
            "The published weight has a fixed point only where c1 < (B - 1) c2, and for state {} that is not so: "
            "batches of {} are too small, and descent does not settle.",
            joint.name(i), batch);
        return reach;
      }
      reach.shape(i, j) = target_of(loss, r, n, slope);
      const bool logit = loss.kind == LossKind::spectral || loss.kind == LossKind::f_micl;
      const bool bounded = logit ? !std::isinf(reach.shape(i, j)) : n * reach.shape(i, j) > 1e-12;
      if (!std::isnan(r) && !bounded && (row < 0 || r < ratio(row, column))) row = i, column = j;
    }
  }
  const bool settles = row < 0;
  if (!settles) reach.shape = {};
  if (!settles && published) reach.slope.assign(size_t(k), kNaN);

  const double pull = -std::accumulate(reach.slope.begin(), reach.slope.end(), 0.);  // of all rows together
  if (pull > 0)
    reach.outcome = Outcome::drifts_up;
  else if (pull < 0)
    reach.outcome = Outcome::drifts_down;
  else if (!settles)
    reach.outcome = Outcome::pushes_apart;
  else if (pairs_of(loss) == PairsOf::all && loss.kind != LossKind::sig_lip)
    reach.outcome = Outcome::reaches_as_batch_grows;
  reach.text = drift_text(loss, settles, pull);
  if (!settles && !reach.text.empty()) reach.text += ' ';
  if (!settles) reach.text += apart_text(loss, joint, ratio, row, column);
  if (reach.outcome == Outcome::reaches) reach.text = "Free logits reach the target.";
  if (reach.outcome == Outcome::reaches_as_batch_grows)
    reach.text =
        "The mean of p over all candidates reaches the target at any batch size B. The mean over positives alone, "
        "each of which stands in its own denominator, comes to it as B grows: it is off by about c1/(c2 B).";
  return reach;
}

std::string drift_note(double delta, double gamma) {
  const double excess = delta - gamma - 1;
  if (std::abs(excess) <= kOnTheLine) return "";
  return fmt::format(
      "delta - gamma = {:.6g}, not 1: no logits have this target, all drift {} (by {:.6g} of the loss for each "
      "unit) until |s| <= 1/temperature stops them; the clusters' shape is that of delta = {:.6g} alone",
      1 + excess, excess > 0 ? "up" : "down", std::abs(excess), delta);
}

}  // namespace nce::losses
