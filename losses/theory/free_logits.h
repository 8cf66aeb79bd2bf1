#pragma once
#include <cstdint>
#include <vector>

#include "nce/losses/theory/target.h"

/// Free logits: in place of an encoder, one number s_ij for each pair of states, which descent on the expected loss
/// moves. They show what a loss does if no network limits the logits.
namespace nce::losses {

/// The expected loss of a batch of B pairs, as a function of free logits (K, K). Row i is an anchor in state i, and
/// weighs pi_i. Its positive is in state j with probability q_j = c1_ij / pi_i, each of its n negatives with pi_j. The
/// formulas are in the files of the targets (softmax.cpp, sigmoid.cpp, ...).
///
/// In a denominator, the sum over the negatives is replaced by its mean, Z_i = n sum_k pi_k exp(s_ik). The error is of
/// order 1/n: small for large batches, large for few negatives. (With B = 2 there is one negative, and the true dcl
/// would be linear.) target.h says what holds for every B.
double expected_loss(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);
/// (K, K): its derivatives.
StateMatrix expected_gradient(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);

/// (K, K): the loss's read-out of free logits, as the mean over its `pairs()`. This is what the target is for.
StateMatrix read_out(const Joint& joint, const Target& loss, int64_t batch, const StateMatrix& logits);

/// Where descent ended.
struct FreeLogits {
  StateMatrix logits;    ///< Softmax losses: the mean of each row, weighted by pi, is subtracted.
  StateMatrix read_out;  ///< See `read_out`.
  StateMatrix target;    ///< Empty for a linear loss.
  Reach reach;           ///< What theory says: drift and shape.
  /// Largest relative deviation of `read_out` from the target. If an entry of the target is 0, its deviation is divided
  /// by the mean target, or by 1 if all entries are 0. Entries of -inf are left out.
  double deviation = 0;
  /// The same for the read-out over positives alone: exp(s_ij) / D_ij with the positive's own D. It differs only if the
  /// positive is in the denominator.
  double positive_deviation = 0;
  double shape_deviation = 0;  ///< Of `read_out` from `reach.shape`. NaN if that is empty.
  /// (K): how fast the mean logit of each row moves at the end; upwards is positive. Theory says -slope_i / pi_i.
  std::vector<double> drift;
  double drift_deviation = 0;  ///< Largest |drift - theory|. NaN if theory has none, see `Reach::slope`.
  int steps = 0;
  bool settled = false;  ///< Whether the shape stopped moving before the steps ran out.
};

struct DescentOptions {
  int max_steps = 1000;
  /// The shape has settled if no logit moves faster than this. Descent still goes on as far as rounding lets it.
  double tolerance = 1e-10;
};

/// Descent from the logits of independent states (0, or f'(1) for f_micl). The speed of a logit is its derivative
/// divided by how often its pair occurs, ds_ij/dt = -g_ij / c2_ij. The implicit steps get longer as the shape settles,
/// and are Newton's method at the end.
FreeLogits descend(const Joint& joint, const Target& loss, int64_t batch, const DescentOptions& options = {});

}  // namespace nce::losses
