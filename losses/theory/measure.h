#pragma once
#include <cstdint>
#include <span>

#include "nce/core/tensor.h"
#include "nce/losses/theory/theory.h"

/// The two matrices of losses/theory/theory.h from data: c1, c2 estimated from pairs of state labels, and what embeddings
/// do between states, to be laid beside the target. States are classes, or clusters of an embedding.
namespace nce::losses {

struct BootstrapOptions {
  int resamples = 200;
  uint64_t seed = 0;
};

/// A joint distribution estimated from N pairs, with bootstrap standard errors.
struct JointEstimate {
  Joint joint;
  std::vector<double> pi_error;
  StateMatrix c1_error;
  StateMatrix ratio_error;  ///< of c1 / c2; NaN where a state was never seen
  int64_t pairs = 0;
};

/// c1, pi and c2 from the states of the two views of N samples: c1 is the joint histogram of (labels1_n,
/// labels2_n), symmetrised, as either view may come first; pi its margin; c2 = pi pi^T. Standard errors are those
/// of the same estimate from N pairs drawn with replacement.
JointEstimate estimate_joint(std::span<const int> labels1, std::span<const int> labels2, int states,
                             const BootstrapOptions& options = {});

struct MeasureOptions {
  double temperature = 0.1;
  /// Pairs to a batch: the rows are taken B by B in their order, a last smaller batch is left out. 0: all in one.
  int64_t batch = 0;
  double bias = 0;  ///< sig_lip: s = cos / temperature + bias
  double mu = 1;    ///< f_micl: the kernel G of equal rows
  BootstrapOptions bootstrap = {};
};

/// The mean of a loss's own read-out between each two states.
struct Measured {
  StateMatrix mean;   ///< NaN where no pair was seen
  StateMatrix error;  ///< bootstrap standard error over batches; NaN with a single batch
  StateMatrix pairs;  ///< how many pairs (anchor, candidate) each mean is over
  /// The mean over positives alone; NaN where there were none.
  StateMatrix positive;
  int64_t batches = 0;
};

/// What embeddings do between states, in the terms of a loss's target: z1, z2 (N, d), row n of one matching row n
/// of the other, in states labels1_n and labels2_n.
///
/// In each batch of B pairs the loss's own p_ik = exp(s_ik) / D_i is computed for every anchor i and candidate k
/// (for sig_lip sigma(s_ik), for spectral and simple the cosine over the temperature), and averaged over those with
/// the anchor in state i and the candidate in state j: all candidates of the loss, the positive among them, or its
/// negatives, whichever `pairs_of(loss)` says. Each pair counts once, so positives and negatives come c1_ij to n
/// c2_ij as in the expected loss: this is the mean that `target(joint, loss, B)` is the target of, at any B. The
/// target's B must be the batch here, as p falls as 1/B.
///
/// f_micl reads the ratio c1 / (a c2) from its kernel, G_ik = mu exp((cos_ik - 1) / temperature): at its target the
/// mean of G over negatives is that ratio, and f' of the mean is what is given here.
///
/// Anchors are those of the loss: the rows of z1 (candidates: z2); of nt_xent and of dcl with both views all 2B
/// rows (candidates: the others). Errors are the spread of the same mean where whole batches are drawn with
/// replacement, since p is tied to its batch by D_i: batches of fresh samples make them honest, ten or more make
/// them useful. Memory: 32 rows of similarities a thread, and (anchors of a batch) x states.
Measured measure(const Tensor& z1, const Tensor& z2, std::span<const int> labels1, std::span<const int> labels2,
                 int states, const ContrastiveLoss& loss, const MeasureOptions& options = {});

/// How far a measured matrix is from its target, over the pairs of states where both are numbers.
struct Distance {
  double largest_absolute = 0;
  double largest_relative = 0;  ///< |measured - target| / |target|, targets other than 0
  double mean_absolute = 0;     ///< weighted by c2
  double mean_relative = 0;     ///< weighted by c2
  int row = -1, column = -1;    ///< where the largest relative one is
};
Distance distance(const StateMatrix& measured, const StateMatrix& target, const Joint& joint);

}  // namespace nce::losses
