#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nce/losses/sc_info_nce.h"
#include "nce/losses/theory/divergence.h"

/// What contrastive losses converge to, in numbers (*Understanding InfoNCE: Transition Probability Matrix Induced
/// Feature Clustering*, Cheng, Wang, Zhang, arXiv 2511.12180). A sample is in state k with probability P_k; an
/// augmentation moves its view to state i with probability A_ki. Two views of one sample are drawn independently
/// from one row of A, views of two samples are independent:
///
///     pi = A^T P            how often a view is in state i
///     c1 = A^T diag(P) A    how often the two views of one sample are in states i and j: positives
///     c2 = pi pi^T          how often views of two samples are: negatives
///
/// Every loss here reads out c1 / c2 = exp(PMI), the pointwise mutual information of the augmentation, each in its
/// own way: see `target`.
namespace nce::losses {

/// A square matrix over pairs of states, row by row.
struct StateMatrix {
  int states = 0;
  std::vector<double> values;
  double operator()(int i, int j) const { return values[size_t(i) * size_t(states) + size_t(j)]; }
  double& operator()(int i, int j) { return values[size_t(i) * size_t(states) + size_t(j)]; }
};

/// A matrix of one value throughout.
StateMatrix state_matrix(int states, double value = 0);

/// The distributions of pairs of views.
struct Joint {
  std::vector<double> pi;
  StateMatrix c1;
  StateMatrix c2;
  std::vector<std::string> names = {};  ///< Of the states, for texts; empty: 0, 1, ...
  int states() const { return int(pi.size()); }
  std::string name(int state) const;
  /// c1_ij / c2_ij, NaN where a state is never seen.
  StateMatrix ratio() const;
  /// log(c1_ij / c2_ij), the pointwise mutual information: -inf where no sample has views in i and j.
  StateMatrix pmi() const;
};

/// The joint distributions of source distribution P (K) and transition matrix A (K, K), A_ki = Pr(view in state i |
/// sample in state k). P and every row of A must be probabilities that sum to 1 (to 1e-9; what rounding left is
/// divided away); the error names the row.
Joint joint_of(const std::vector<double>& source, const StateMatrix& transition);

/// The losses whose target is known.
enum class LossKind { info_nce, nt_xent, dcl, sc_info_nce, sig_lip, spectral, f_micl, simple };

/// A loss, as far as its target depends on its options.
struct ContrastiveLoss {
  LossKind kind = LossKind::info_nce;
  /// sc_info_nce: scale and bias of the target (gamma unset: delta - 1), and the variant; see `ScInfoNceOptions`.
  double delta = 1;
  std::optional<double> gamma = std::nullopt;
  Denominator denominator = Denominator::negatives;
  PositiveWeight positive_weight = PositiveWeight::exact;
  /// dcl: both views of the other samples are negatives, 2(B - 1) of them, as in NT-Xent; else B - 1 of one view.
  bool both_views = false;
  /// f_micl: the divergence, the order of Tsallis', and the weight a of the negatives.
  std::string divergence = "kl";
  double order = kTsallisOrder;
  double negative_weight = 1;
};

/// The loss in words, as in "sc_info_nce (delta 1.5, gamma 0.5, negatives, exact)".
std::string name_of(const ContrastiveLoss& loss);

/// Negatives that a positive meets in a batch of B pairs: 2(B - 1) for nt_xent and dcl of both views, else B - 1.
int64_t negatives_of(const ContrastiveLoss& loss, int64_t batch);

/// What of a logit s_ij the target is a target of: "exp(s_ij) / D_i", "sigma(s_ij)" or "s_ij".
std::string read_out_of(const ContrastiveLoss& loss);

/// Which pairs of a batch the read-out's mean is taken over: the ones it stands for in the derivative below. All of
/// an anchor's candidates, the positive among them, or its negatives only.
enum class PairsOf { all, negatives };
PairsOf pairs_of(const ContrastiveLoss& loss);

/// The convergence target of a loss in batches of B >= 2 pairs: where the derivative of the expected loss by each
/// logit s_ij is zero. With n = `negatives_of`, a batch shows states i and j c1_ij times as positive for n c2_ij
/// times as negative. With p = exp(s_ij) / D_i, D_i the loss's own denominator, and but for a common factor:
///
///     loss                    derivative by s_ij                    target
///     info_nce, nt_xent       c1 (p - 1) + n c2 p                   p = c1 / (c1 + n c2)
///     dcl                     -c1 + n c2 p                          p = c1 / (n c2)
///     sc_info_nce
///       negatives, exact      -delta c1 + n c2 p + gamma c2         p = (delta c1 - gamma c2) / (n c2)
///       negatives, published  -(p + delta) c1 + n c2 p + gamma c2   p = (delta c1 - gamma c2) / (n c2 - c1)
///       all, exact            c1 (p - delta) + n c2 p + gamma c2    p = (delta c1 - gamma c2) / (c1 + n c2)
///       all, published        -delta c1 + n c2 p + gamma c2         p = (delta c1 - gamma c2) / (n c2)
///     sig_lip                 c1 (sigma(s) - 1) + n c2 sigma(s)     sigma(s) = c1 / (c1 + n c2)
///     spectral                -2 c1 + 2 c2 s                        s = c1 / c2
///     f_micl                  -c1 + a c2 f*'(s)                     s = f'(c1 / (a c2))
///     simple                  -c1 + c2                              none: linear, so refused here
///
/// The p of c1 is the mean over positives, that of c2 the mean over negatives. The two differ where the positive
/// stands in its own denominator, by the order of c1/(c2 B), and where a batch is small. The mean over `pairs_of`
/// the loss meets the target at any B: where both terms are a p times how often the pair is seen, their sum is that
/// of p over all pairs. (Not so for `negatives, published`, whose terms have opposite signs: it holds to O(1/B).)
///
/// Where c2 is 0 the target is NaN. Whether descent gets there: see `reach_of`.
StateMatrix target(const Joint& joint, const ContrastiveLoss& loss, int64_t batch);

/// How free logits end, one number for each pair of states.
enum class Outcome {
  reaches,                 ///< at the target
  reaches_as_batch_grows,  ///< at the target over all pairs, for positives alone to the order of c1/(c2 B)
  drifts_up,               ///< all logits rise for ever, as where delta - gamma > 1
  drifts_down,             ///< all logits fall for ever, as where delta - gamma < 1
  pushes_apart,            ///< some target is not positive: the logits of these pairs fall for ever
  linear,                  ///< no target: every logit runs to its bound
};

/// Whether logits can be at the target, and what they do otherwise.
///
/// The softmax of an anchor sums to one, over its negatives n sum_j pi_j p_ij = 1 where these are the denominator,
/// and the target of SC-InfoNCE sums to delta - gamma: no logits have it off the line delta - gamma = 1. A uniform
/// shift x of row i leaves every softmax as it is and adds (1 - delta + gamma) x to the loss of an anchor in state
/// i, with either denominator: slope (1 + gamma - delta) pi_i over the data, without bound, up where delta - gamma
/// > 1, down below.
///
/// `published` is no function but a field of derivatives. Its sum over row i is pi_i (1 + gamma - delta - E[p+ |
/// i]): the mean probability of the positive, of order 1/n, is one more pull upwards, on the line too.
///
/// The shape of a row, its logits less their mean over pi, does settle. gamma is only in gamma sum_j pi_j s_ij,
/// that mean; so where each logit moves by its derivative over c2_ij (per occurrence of the pair), all logits of
/// row i end at one velocity -slope_i / pi_i, and the shape at the target with gamma - slope_i / pi_i in place of
/// gamma. With `exact` that is delta - 1, the target of the line: gamma alone sets the drift, delta alone the
/// shape. With `published` it is delta - 1 + E[p+ | i]: it has no place for pairs of states with delta (c1/c2 - 1)
/// + 1 below the mean probability of the positive, and pushes them apart.
struct Reach {
  Outcome outcome = Outcome::reaches;
  /// Slope of the expected loss under a uniform shift of row i: negative pulls it up. (`published`: of its shape
  /// where that has settled; NaN where it does not.)
  std::vector<double> slope;
  /// Where the read-out settles: the target, or where logits drift what their shape has instead, see above. Empty
  /// for `simple` and where an entry would not be positive, so that some pairs are pushed apart.
  StateMatrix shape;
  /// The above in one or two plain sentences.
  std::string text;
};
Reach reach_of(const Joint& joint, const ContrastiveLoss& loss, int64_t batch);

/// For users of sc_info_nce: what (delta, gamma) off the line delta - gamma = 1 do, in one sentence; empty on it.
std::string drift_note(double delta, double gamma);

}  // namespace nce::losses
