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

/// What contrastive losses converge to, in numbers. Every loss here reads out c1 / c2 = exp(PMI) in its own way.
/// losses/theory/states.h has c1 and c2.
///
/// The target is where the derivative of the expected loss by each logit s_ij is zero. A batch of B pairs shows
/// states i and j as a positive c1_ij times for n c2_ij times as a negative. n is `negatives(B)`. With p = exp(s_ij)
/// / D_i, D_i the loss's own denominator, and without a common factor:
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
/// Negatives from the anchor's own view, or of is_info_nce's third view among itself, are two samples all the same:
/// they are in i and j as often, c2_ij. And a row of that third view is in state i as often as an anchor is, so the mean
/// of its log D is that of an anchor's. nt_xent of V views has V - 1 positives in D, each of weight 1 / (V-1), and
/// V(B-1) negatives: p = c1 / ((V-1) c1 + V(B-1) c2).
///
/// The p of c1 is the mean over positives, the p of c2 the mean over negatives. They differ by the order of c1/(c2 B)
/// where the positive stands in its own denominator. The mean over `pairs()` is at the target at any B, because both
/// terms are p times how often the pair is seen. (`negatives, published` is the exception. Its terms have opposite
/// signs, so it holds to O(1/B).)
namespace nce::losses {

/// The pairs of a batch that the mean of the read-out is taken over.
enum class PairsOf {
  all,       ///< All candidates of an anchor, the positive among them.
  negatives  ///< Its negatives only.
};

/// How free logits end, one number for each pair of states.
enum class Outcome {
  reaches,                 ///< At the target.
  reaches_as_batch_grows,  ///< At the target over all pairs; over positives alone to the order of c1/(c2 B).
  drifts_up,               ///< All logits rise for ever, as where delta - gamma > 1.
  drifts_down,             ///< All logits fall for ever, as where delta - gamma < 1.
  pushes_apart,            ///< Some target is not positive: the logits of these pairs fall for ever.
  linear,                  ///< There is no target: every logit runs to its bound.
};

/// Whether logits can be at the target, and what they do otherwise.
///
/// The softmax of an anchor sums to one: n sum_j pi_j p_ij = 1 where the negatives are the denominator. The target of
/// SC-InfoNCE sums to delta - gamma. Off the line delta - gamma = 1 no logits have it. A uniform shift x of row i
/// leaves every softmax as it is. It adds (1 - delta + gamma) x to the loss of an anchor in state i. So the slope
/// over the data is (1 + gamma - delta) pi_i, without bound.
///
/// `published` is a field of derivatives, not the gradient of a function. Its sum over row i is
/// pi_i (1 + gamma - delta - E[p+ | i]). The mean probability of the positive, of order 1/n, pulls upwards too, also
/// on the line.
///
/// The shape of a row does settle: its logits without their mean over pi. gamma stands only in gamma sum_j pi_j s_ij,
/// which is that mean. Let each logit move by its derivative over c2_ij (per occurrence of the pair). Then all logits
/// of row i end at one velocity, -slope_i / pi_i. Their shape is that of the target with gamma - slope_i / pi_i in
/// the place of gamma. With `exact` that is delta - 1, the target of the line: gamma alone sets the drift, delta
/// alone the shape. With `published` it is delta - 1 + E[p+ | i]. Pairs of states with delta (c1/c2 - 1) + 1 below
/// the mean probability of the positive are pushed apart.
struct Reach {
  Outcome outcome = Outcome::reaches;
  /// (K): slope of the expected loss under a uniform shift of row i. Negative pulls the row up. `published`: the
  /// slope where its shape has settled, NaN where it does not settle.
  std::vector<double> slope;
  /// (K, K): where the read-out settles. The target, or what the shape has instead where logits drift. Empty for a
  /// linear loss and where some pairs are pushed apart.
  StateMatrix shape = {};
  /// The pair of states of least c1/c2 that is pushed apart; -1: none.
  int row = -1, column = -1;
  /// All this in one or two sentences.
  std::string text = {};
};

/// Row i of the expected loss of free logits, over pi_i. The anchor is in state i, of K states that are seen.
struct Anchor {
  double negatives;           ///< n
  std::vector<double> q, pi;  ///< (K): its positive is in state j with q_j = c1_ij / pi_i, a negative with pi_j.
};

/// Value and derivatives of such a row at some logits (K).
struct ExpectedRow {
  double loss = 0;
  std::vector<double> gradient;
  std::vector<double> read_out;  ///< (K): its mean over `pairs()`.
  std::vector<double> positive;  ///< (K): its mean over positives.
  std::vector<double> jacobian;  ///< (K, K): of the gradient, row by row.
};

/// What theory knows of a loss with its options. A row of the loss catalogue names its own.
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
  /// Negatives that a positive meets in a batch of B pairs: 2(B - 1) with those of both views, else B - 1.
  int64_t negatives(int64_t batch) const;
  virtual PairsOf pairs() const { return PairsOf::negatives; }
  /// False for the linear loss, and where only the read-out is known (dclw).
  virtual bool has_target() const { return true; }
  /// The target of the read-out at ratio = c1 / c2 and n negatives.
  virtual double at(double ratio, double negatives) const = 0;
  /// (K, K): the target in batches of B >= 2 pairs. NaN where c2 is 0. A loss without a target is an error.
  StateMatrix target(const Joint& joint, int64_t batch) const;
  /// Whether it falls as 1/B: p and sigma do, other logits do not.
  virtual bool depends_on_batch() const { return false; }
  virtual Reach reach(const Joint& joint, int64_t batch) const;
  /// For users, before training: what options do that no logits can meet, in one sentence. Mostly empty.
  virtual std::string note() const { return ""; }

  // ---- The expected loss of free logits (free_logits.h).

  /// Whether c1 and c2 decide the expected loss. False for dclw, whose weights follow the embeddings.
  virtual bool has_expected_loss() const { return true; }
  virtual ExpectedRow expected(const Anchor& anchor, const std::vector<double>& logits) const = 0;
  /// Whether the logits of a row meet in one denominator.
  virtual bool couples_logits() const { return false; }
  /// The logit of independent states. Descent starts there.
  virtual double first_logit() const { return 0; }
  /// What the derivative by a logit is divided by to give its speed.
  virtual double weight(double /*q*/, double pi, double /*negatives*/) const { return pi; }

  // ---- Embeddings (measure.h, and what training shows).

  /// Puts read-outs in the place of an anchor's similarities s = cos / temperature. `positive` is the index of the
  /// positive, `self` that of the anchor (-1: not among them).
  virtual void read_out(std::span<double> /*s*/, int64_t /*positive*/, int64_t /*self*/, double /*temperature*/,
                        double /*bias*/) const {}
  /// The read-out, from its mean over pairs.
  virtual double from_mean(double mean) const { return mean; }
  /// What `mean_positive` is, in words; null where the loss has no probability of the positive.
  virtual const char* positive_name() const { return nullptr; }
  /// Mean of the loss's own probability of the positive, of embeddings z1, z2 (B, d) with rows of length 1. `bias` is
  /// that of sig_lip.
  virtual double mean_positive(const Tensor& z1, const Tensor& z2, double temperature, double bias) const;

  // ---- Cosines (`nce theory --synthetic` and --run).

  /// The logit of a cosine, without a learned bias. It rises with the cosine.
  virtual double logit(double cosine, double temperature) const { return cosine / temperature; }
  virtual double logit_slope(double /*cosine*/, double temperature) const { return 1 / temperature; }
  /// False where rows keep their lengths: then the logit is a dot product, without bound.
  virtual bool bounds_logits() const { return true; }
  /// Where a learned bias starts: it takes equal rows for a pair as often as chance does. Unset: there is no bias.
  virtual std::optional<double> first_bias(int64_t /*batch*/, double /*temperature*/) const { return {}; }
  /// Options with which equal rows read out the ratio `level`. Empty where a softmax or a bias finds the level.
  virtual std::vector<Setting> at_level(double /*level*/) const { return {}; }

  /// A read-out as tables show it: 1 is what chance would do. p and sigma are shown times the negatives. A logit of
  /// f_micl is shown as its density ratio times the weight of the negatives. Other logits stay as they are.
  virtual double shown(double read_out, int64_t batch) const;
  /// What is shown: "p (B - 1)", "2 p (B - 1)", "sigma (B - 1)", "a G", "s".
  virtual std::string shown_name() const { return "s"; }

 protected:
  /// Slope of the loss of row i under a uniform shift, over pi_i; see Reach.
  virtual double drift_slope(const Joint&, const StateMatrix& /*ratio*/, int /*row*/, double /*negatives*/) const {
    return 0;
  }
  /// Where a read-out settles in a row of that slope.
  virtual double settled_at(double ratio, double negatives, double /*slope*/) const { return at(ratio, negatives); }
};

/// A loss that normalises by a sum of exponentials.
struct SoftmaxOptions {
  std::string name;
  double delta = 1, gamma = 0;  ///< Scale and bias of the target.
  Denominator denominator = Denominator::all;
  NegativesFrom negatives = NegativesFrom::other_view;
  PositiveWeight positive_weight = PositiveWeight::exact;
  bool has_scale = false;  ///< Whether delta and gamma are options of the loss. The name then says them.
  bool weighted = false;   ///< The weights of positives follow the embeddings: only the read-out is known.
};
std::unique_ptr<Target> softmax_target(const SoftmaxOptions& options);
/// sig_lip: a sigmoid for each pair.
std::unique_ptr<Target> sigmoid_target();
/// spectral_contrastive: a square for each pair.
std::unique_ptr<Target> spectral_target(bool normalised);
/// f_micl: `weight` is that of the negatives (alpha), `mu` the kernel of equal rows.
std::unique_ptr<Target> divergence_target(const std::string& divergence, double order, double weight, double mu = 1,
                                          NegativesFrom negatives = NegativesFrom::other_view);
/// simple_contrastive. `positive_in_mean`: c1 (1 - 1/n) in the place of c1.
std::unique_ptr<Target> linear_target(bool positive_in_mean = false);

}  // namespace nce::losses
