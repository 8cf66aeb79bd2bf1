#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nce/core/options.h"
#include "nce/core/tensor.h"
#include "nce/losses/metrics.h"
#include "nce/losses/sc_info_nce.h"
#include "nce/losses/theory/states.h"

/// What contrastive losses converge to, in numbers. Every loss here learns c1 / c2 = exp(PMI), and each shows it in a
/// number of its own: its read-out, such as the probability p. c1 and c2 are explained in losses/theory/states.h.
///
/// At the target, the derivative of the expected loss by each logit s_ij is 0. In batches of B pairs, states i and j
/// occur c1_ij times as a positive and n c2_ij times as a negative, with n = `negatives(B)`. With p = exp(s_ij) / D_i,
/// D_i the loss's own denominator, and without a common factor:
///
///     loss                    derivative by s_ij                    target
///     info_nce, nt_xent       c1 (p - 1) + n c2 p                   p = c1 / (c1 + n c2)
///     dcl, dhel, is_info_nce  -c1 + n c2 p                          p = c1 / (n c2)
///     sc_info_nce
///       negatives, exact      -delta c1 + n c2 p + gamma c2         p = (delta c1 - gamma c2) / (n c2)
///       negatives, published  -(p + delta) c1 + n c2 p + gamma c2   p = (delta c1 - gamma c2) / (n c2 - c1)
///       all, exact            c1 (p - delta) + n c2 p + gamma c2    p = (delta c1 - gamma c2) / (c1 + n c2)
///       all, published        -delta c1 + n c2 p + gamma c2         p = (delta c1 - gamma c2) / (n c2)
///     sig_lip                 c1 (sigma(s) - 1) + n c2 sigma(s)     sigma(s) = c1 / (c1 + n c2)
///     spectral_contrastive    -2 c1 + 2 c2 s                        s = c1 / c2
///     f_micl                  -c1 + a c2 f*'(s)                     s = f'(c1 / (a c2))
///     simple_contrastive      -c1 + c2                              none: it is linear
///
/// It does not matter which view the negatives are from. They are always of two samples, so they are in i and j with
/// probability c2_ij. This also holds for the third view of is_info_nce. nt_xent of V views has V - 1 positives in D,
/// each of weight 1 / (V-1), and V(B-1) negatives: p = c1 / ((V-1) c1 + V(B-1) c2).
///
/// In the derivative, the p beside c1 is a mean over positives, and the p beside c2 a mean over negatives. If the
/// positive is in its own denominator, the two differ by about c1/(c2 B). But the mean over all `pairs()` is at the
/// target for every B, because both terms are p times how often the pair occurs. (`negatives, published` is the
/// exception. Its terms have opposite signs, so the target holds only up to O(1/B).)
namespace nce::losses {

/// The pairs of a batch that the mean of the read-out is taken over.
enum class PairsOf {
  all,       ///< All candidates of an anchor, the positive among them.
  negatives  ///< Its negatives only.
};

/// Where free logits end. (They are one number for each pair of states.)
enum class Outcome {
  reaches,                 ///< At the target.
  reaches_as_batch_grows,  ///< At the target over all pairs; over positives alone about c1/(c2 B) off.
  drifts_up,               ///< All logits grow for ever: delta - gamma > 1.
  drifts_down,             ///< All logits fall for ever: delta - gamma < 1.
  pushes_apart,            ///< Some target is not positive: the logits of these pairs fall for ever.
  linear,                  ///< There is no target: every logit runs to its bound.
};

/// Whether logits can reach the target, and what they do if not.
///
/// The softmax of an anchor sums to 1. If only the negatives are in the denominator, that is n sum_j pi_j p_ij = 1. The
/// target of SC-InfoNCE sums to delta - gamma. So no logits have it unless delta - gamma = 1 ("the line"). Add x to all
/// logits of row i: every softmax stays the same, and the loss of an anchor in state i grows by (1 - delta + gamma) x.
/// So the slope of the expected loss in this direction is (1 + gamma - delta) pi_i, and the loss has no lower bound.
///
/// The derivatives of `published` are not the gradient of any function. Their sum over row i is pi_i (1 + gamma - delta
/// - E[p+ | i]). So the mean probability of the positive, of order 1/n, is one more pull upwards, also on the line.
///
/// The shape of a row does settle. The shape is its logits minus their mean, weighted by pi. gamma stands only in the
/// term gamma sum_j pi_j s_ij, which is this mean. Let the speed of each logit be its derivative divided by c2_ij, that
/// is by how often its pair occurs. Then all logits of row i end at the same speed, -slope_i / pi_i. Their shape is the
/// one of the target in which gamma is replaced by gamma - slope_i / pi_i. With `exact` this is delta - 1, the target
/// on the line: gamma sets only the drift, delta only the shape. With `published` it is delta - 1 + E[p+ | i]. Pairs of
/// states are pushed apart if delta (c1/c2 - 1) + 1 is below the mean probability of the positive.
struct Reach {
  Outcome outcome = Outcome::reaches;
  /// (K): slope of the expected loss if all logits of row i grow equally. Negative: the row drifts up. `published`: the
  /// slope once the shape has settled, NaN if it does not settle.
  std::vector<double> slope;
  /// (K, K): where the read-out settles. This is the target; if logits drift, the target that their shape has. Empty
  /// for a linear loss, and if some pairs are pushed apart.
  StateMatrix shape = {};
  /// Of the pairs of states that are pushed apart, the one of least c1/c2; -1: none.
  int row = -1, column = -1;
  /// All this in one or two sentences.
  std::string text = {};
};

/// What row i of the expected loss needs, divided by pi_i. The anchor is in state i, one of the K states that occur.
struct Anchor {
  double negatives;           ///< n
  std::vector<double> q, pi;  ///< (K): probability of each state, for the positive (c1_ij / pi_i) and a negative.
};

/// Value and derivatives of such a row for given logits (K).
struct ExpectedRow {
  double loss = 0;
  std::vector<double> gradient;
  std::vector<double> read_out;  ///< (K): its mean over `pairs()`.
  std::vector<double> positive;  ///< (K): its mean over positives.
  std::vector<double> jacobian;  ///< (K, K): of the gradient, row by row.
};

/// What theory says about a loss with its options. Each row of the loss catalogue names one.
class Target {
 public:
  virtual ~Target() = default;
  /// The loss in words, as in "sc_info_nce (delta 1.5, gamma 0.5, negatives, exact)".
  virtual std::string name() const = 0;
  /// Scale and bias of the target, where they are options of the loss.
  struct Scale {
    double delta, gamma;
  };
  virtual std::optional<Scale> scale() const { return {}; }

  // ---- The target.

  /// Where the negatives of an anchor come from.
  virtual NegativesFrom negatives_from() const { return NegativesFrom::other_view; }
  /// The number of negatives of an anchor in a batch of B pairs: 2(B - 1) if they are of both views, else B - 1.
  int64_t negatives(int64_t batch) const;
  virtual PairsOf pairs() const { return PairsOf::negatives; }
  /// False for the linear loss, and where only the read-out is known (dclw).
  virtual bool has_target() const { return true; }
  /// The target of the read-out for ratio = c1 / c2 and n negatives.
  virtual double at(double ratio, double negatives) const = 0;
  /// (K, K): the target for batches of B >= 2 pairs. NaN where c2 is 0. An error if the loss has no target.
  StateMatrix target(const Joint& joint, int64_t batch) const;
  /// Whether the target falls as 1/B. p and sigma do, other read-outs do not.
  virtual bool depends_on_batch() const { return false; }
  virtual Reach reach(const Joint& joint, int64_t batch) const;
  /// For users, before training: one sentence if no logits can reach the target with these options. Mostly empty.
  virtual std::string note() const { return ""; }

  // ---- The expected loss of free logits (free_logits.h).

  /// Whether c1 and c2 determine the expected loss. False for dclw, whose weights depend on the embeddings.
  virtual bool has_expected_loss() const { return true; }
  virtual ExpectedRow expected(const Anchor& anchor, const std::vector<double>& logits) const = 0;
  /// Whether the logits of a row are in one denominator.
  virtual bool couples_logits() const { return false; }
  /// The logit of independent states. Descent starts from it.
  virtual double first_logit() const { return 0; }
  /// The speed of a logit is its derivative divided by this.
  virtual double weight(double /*q*/, double pi, double /*negatives*/) const { return pi; }

  // ---- Embeddings (measure.h, and what training shows).

  /// Replaces the similarities s = cos / temperature of an anchor by read-outs. `positive` is the index of the
  /// positive, `self` the index of the anchor (-1: it is not there).
  virtual void read_out(std::span<double> /*s*/, int64_t /*positive*/, int64_t /*self*/, double /*temperature*/,
                        double /*bias*/) const {}
  /// The read-out, from its mean over pairs.
  virtual double from_mean(double mean) const { return mean; }
  /// What `mean_positive` is, in words. Null if the loss has no probability of the positive.
  virtual const char* positive_name() const { return nullptr; }
  /// The mean of the loss's own probability of the positive, for embeddings z1, z2 (B, d) with rows of length 1.
  /// `bias`: of sig_lip.
  virtual double mean_positive(const Tensor& z1, const Tensor& z2, double temperature, double bias) const;

  // ---- Cosines (`nce theory --synthetic` and --run).

  /// The logit of a cosine, without a learned bias. It grows with the cosine.
  virtual double logit(double cosine, double temperature) const { return cosine / temperature; }
  virtual double logit_slope(double /*cosine*/, double temperature) const { return 1 / temperature; }
  /// False if rows keep their lengths: then a logit is a dot product, and has no bound.
  virtual bool bounds_logits() const { return true; }
  /// The value at which a learned bias starts: with it, equal rows count as a pair with the probability of chance.
  /// Unset: there is no bias.
  virtual std::optional<double> first_bias(int64_t /*batch*/, double /*temperature*/) const { return {}; }
  /// Options for which the read-out of equal rows is the ratio `level`. Empty if a softmax or a bias sets the level.
  virtual std::vector<Setting> at_level(double /*level*/) const { return {}; }

  /// A read-out as tables show it: 1 is chance. p and sigma are multiplied by the number of negatives. A logit of
  /// f_micl is shown as its density ratio times the weight of the negatives. Other logits stay as they are.
  virtual double shown(double read_out, int64_t batch) const;
  /// What is shown: "p (B - 1)", "2 p (B - 1)", "sigma (B - 1)", "a G", "s".
  virtual std::string shown_name() const { return "s"; }

 protected:
  /// Slope of the loss of row i if all its logits grow equally, divided by pi_i; see Reach.
  virtual double drift_slope(const Joint&, const StateMatrix& /*ratio*/, int /*row*/, double /*negatives*/) const {
    return 0;
  }
  /// Where a read-out settles in a row with this slope.
  virtual double settled_at(double ratio, double negatives, double /*slope*/) const { return at(ratio, negatives); }
};

/// A loss with a sum of exponentials in its denominator.
struct SoftmaxOptions {
  std::string name;
  double delta = 1, gamma = 0;  ///< Scale and bias of the target.
  Denominator denominator = Denominator::all;
  NegativesFrom negatives = NegativesFrom::other_view;
  PositiveWeight positive_weight = PositiveWeight::exact;
  bool has_scale = false;  ///< Whether delta and gamma are options of the loss. Then they are in its name.
  bool weighted = false;   ///< The weights of positives depend on the embeddings: only the read-out is known.
};
std::unique_ptr<Target> softmax_target(const SoftmaxOptions& options);
/// sig_lip: a sigmoid for each pair.
std::unique_ptr<Target> sigmoid_target();
/// spectral_contrastive: a square for each pair.
std::unique_ptr<Target> spectral_target(bool normalised);
/// f_micl: `weight` is alpha, the weight of the negatives; `mu` is the kernel's value for equal rows.
std::unique_ptr<Target> divergence_target(const std::string& divergence, double order, double weight, double mu = 1,
                                          NegativesFrom negatives = NegativesFrom::other_view);
/// simple_contrastive. `positive_in_mean`: c1 (1 - 1/n) instead of c1.
std::unique_ptr<Target> linear_target(bool positive_in_mean = false);

}  // namespace nce::losses
