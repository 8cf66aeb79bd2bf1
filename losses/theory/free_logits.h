#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nce/losses/theory/theory.h"

/// A loss with an encoder of complete freedom: one logit s_ij for each pair of states, and descent on the expected
/// loss of a batch. It shows what of a target is the loss's doing, before any network bounds the logits.
namespace nce::losses {

/// The expected loss of a batch of B pairs as a function of free logits, and its derivative. Row i, an anchor in
/// state i, weighs pi_i; its positive is in state j with q_j = c1_ij / pi_i, and each of its n negatives with pi_j.
/// The sum over the negatives in a denominator is taken at its mean, Z_i = n sum_k pi_k exp(s_ik). That is exact as
/// B grows (the sum of n draws strays from its mean by 1/sqrt n, so the mean of log D from log of the mean by 1/n),
/// and rough for a handful: the single negative of B = 2 makes the sampled dcl linear. `target` says what holds at
/// any B.
///
///     dcl, sc_info_nce negatives   log Z_i - delta sum_j q_j s_ij + gamma sum_j pi_j s_ij
///     info_nce, nt_xent, all       sum_j q_j (log(exp(s_ij) + Z_i) - delta s_ij) + gamma sum_j pi_j s_ij
///     sig_lip                      sum_j q_j softplus(-s_ij) + n pi_j softplus(s_ij)
///     spectral                     sum_j -2 q_j s_ij + pi_j s_ij^2
///     f_micl                       sum_j -q_j s_ij + a pi_j f*(s_ij)
///     simple                       sum_j (pi_j - q_j) s_ij
///
/// `published` adds -q_j p_j to the derivatives, with p_j the probability of a positive in state j, and nothing to
/// the loss: no function has these derivatives.
double expected_loss(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits);
StateMatrix expected_gradient(const Joint& joint, const ContrastiveLoss& loss, int64_t batch,
                              const StateMatrix& logits);

/// The loss's own read-out of free logits, the mean over `pairs_of` the loss: what `target` is the target of.
StateMatrix read_out(const Joint& joint, const ContrastiveLoss& loss, int64_t batch, const StateMatrix& logits);
/// The same over positives alone: exp(s_ij) / D_ij with the positive's own D. Other than `read_out` only where the
/// positive stands in its denominator.
StateMatrix read_out_of_positives(const Joint& joint, const ContrastiveLoss& loss, int64_t batch,
                                  const StateMatrix& logits);

/// Where descent ended.
struct FreeLogits {
  StateMatrix logits;    ///< for softmax losses less the mean over pi of each row
  StateMatrix read_out;  ///< see `read_out`
  StateMatrix target;    ///< empty for `simple`
  Reach reach;           ///< what theory says, its drift and shape
  /// Largest relative deviation of `read_out` from the target (an entry whose target is 0: over the mean target, or
  /// as it is where all are 0; one of -inf is left out).
  double deviation = 0;
  double positive_deviation = 0;  ///< the same of `read_out_of_positives`
  double shape_deviation = 0;     ///< of `read_out` from `reach.shape`; NaN where that is empty
  /// Velocity of the mean logit of each row, up positive, as descent had it at its end; theory: -slope_i / pi_i.
  std::vector<double> drift;
  double drift_deviation = 0;  ///< largest |drift - theory|; NaN where there is none, see `Reach::slope`
  int steps = 0;
  bool settled = false;  ///< the shape stopped moving before the steps ran out
};

struct DescentOptions {
  int max_steps = 1000;
  /// The shape counts as settled where no logit moves faster than this per occurrence of its pair. Descent goes on
  /// from there as far as rounding lets it.
  double tolerance = 1e-10;
};

/// Descent from logits of 0 (f_micl: from f'(1), that is from independence). Each logit moves by its derivative per
/// occurrence of the pair, ds_ij/dt = -g_ij / c2_ij, in implicit steps that lengthen as the shape settles, into
/// Newton's method.
FreeLogits descend(const Joint& joint, const ContrastiveLoss& loss, int64_t batch,
                   const DescentOptions& options = {});

/// One line of the free-logit table.
struct FreeLogitRow {
  ContrastiveLoss loss;
  int64_t batch = 0;  ///< 0: the target does not depend on it
  FreeLogits result;
};

struct FreeLogitGrid {
  std::vector<int64_t> batches = {2, 10, 100, 1000, 10000};
  std::vector<std::pair<double, double>> delta_gamma = {{1, 0}, {1.5, .5}, {.8, -.2}, {1, -.2}, {.5, -.2}};
  std::function<bool(const ContrastiveLoss&)> wanted = {};  ///< Which losses; unset: all.
};

/// Every loss of `target`'s table: those whose target depends on B at every batch size, sc_info_nce in each variant
/// for every (delta, gamma).
std::vector<FreeLogitRow> free_logit_table(const Joint& joint, const FreeLogitGrid& grid = {});

}  // namespace nce::losses
