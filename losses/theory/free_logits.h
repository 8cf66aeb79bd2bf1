#pragma once
#include <cstdint>
#include <vector>

#include "nce/losses/theory/target.h"

/// An encoder of complete freedom: one logit s_ij for each pair of states. Descent is on the expected loss of a
/// batch. It shows what the loss itself does to the target, before a network bounds the logits.
namespace nce::losses {

/// The expected loss of a batch of B pairs as a function of free logits (K, K). Row i, an anchor in state i, weighs
/// pi_i. Its positive is in state j with q_j = c1_ij / pi_i, each of its n negatives with pi_j. The files of the
/// targets have the formulas (softmax.cpp, sigmoid.cpp, ...).
///
/// The sum over the negatives in a denominator is taken at its mean, Z_i = n sum_k pi_k exp(s_ik). That is exact as B
/// grows: the mean of log D is off the log of its mean by about 1/n. It is rough for few negatives. (The single
/// negative of B = 2 makes the sampled dcl linear.) target.h says what holds at any B.
double expected_loss(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);
/// (K, K): its derivatives.
StateMatrix expected_gradient(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);

/// (K, K): the loss's read-out of free logits, the mean over its `pairs()`. The target is the target of this.
StateMatrix read_out(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);

/// Where descent ended.
struct FreeLogits {
  StateMatrix logits;    ///< Softmax losses: less the mean over pi of each row.
  StateMatrix read_out;  ///< See `read_out`.
  StateMatrix target;    ///< Empty for a linear loss.
  Reach reach;           ///< What theory says: drift and shape.
  /// Largest relative deviation of `read_out` from the target. Where the target is 0: over the mean target, or as it
  /// is where all are 0. Entries of -inf are left out.
  double deviation = 0;
  /// The same of the read-out over positives alone: exp(s_ij) / D_ij with the positive's own D. It differs only where
  /// the positive stands in its denominator.
  double positive_deviation = 0;
  double shape_deviation = 0;  ///< Of `read_out` from `reach.shape`. NaN where that is empty.
  /// (K): velocity of the mean logit of each row at the end, up positive. Theory says -slope_i / pi_i.
  std::vector<double> drift;
  double drift_deviation = 0;  ///< Largest |drift - theory|. NaN where theory has none, see `Reach::slope`.
  int steps = 0;
  bool settled = false;  ///< Whether the shape stopped moving before the steps ran out.
};

struct DescentOptions {
  int max_steps = 1000;
  /// The shape has settled where no logit moves faster than this, per occurrence of its pair. Descent still goes on
  /// as far as rounding lets it.
  double tolerance = 1e-10;
};

/// Descent from the logits of independent states (0, or f'(1) for f_micl). Each logit moves by its derivative per
/// occurrence of the pair, ds_ij/dt = -g_ij / c2_ij. The implicit steps get longer as the shape settles, and end as
/// Newton's method.
FreeLogits descend(const Joint& joint, const Target& loss, int64_t batch, const DescentOptions& options = {});

}  // namespace nce::losses
