#pragma once
#include <cstdint>
#include <span>

#include "nce/core/tensor.h"
#include "nce/losses/theory/target.h"

/// The theory's matrices from data: c1 and c2 from pairs of state labels, and what embeddings do between states.
/// States are classes, or clusters of an embedding.
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
  StateMatrix ratio_error;  ///< Of c1 / c2. NaN where a state was never seen.
  int64_t pairs = 0;
};

/// c1, pi and c2 from the states of the two views of N samples. c1 is the joint histogram of (labels1_n, labels2_n),
/// made symmetric because either view may come first. pi is its margin, c2 = pi pi^T. Standard errors are those of
/// the same estimate from N pairs drawn with replacement.
JointEstimate estimate_joint(std::span<const int> labels1, std::span<const int> labels2, int states,
                             const BootstrapOptions& options = {});

struct MeasureOptions {
  double temperature = 0.1;
  /// Pairs in a batch. Rows are taken B by B in their order; a last smaller batch is left out. 0: all in one.
  int64_t batch = 0;
  double bias = 0;  ///< sig_lip: s = cos / temperature + bias.
  BootstrapOptions bootstrap = {};
};

/// The mean of a loss's own read-out between each two states.
struct Measured {
  StateMatrix mean;   ///< NaN where no pair was seen.
  StateMatrix error;  ///< Bootstrap standard error over batches. NaN with a single batch.
  StateMatrix pairs;  ///< How many pairs (anchor, candidate) each mean is over.
  /// The mean over positives alone. NaN where there were none.
  StateMatrix positive;
  int64_t batches = 0;
};

/// What embeddings do between states, in the terms of a loss's target. z1, z2 (N, d), row n of one matching row n of
/// the other, in states labels1_n and labels2_n.
///
/// In each batch of B pairs, anchor i and candidate k have the loss's own read-out. It is p_ik = exp(s_ik) / D_i for
/// a softmax and sigma(s_ik) for sig_lip. For spectral and linear losses it is s_ik = cos / temperature, or the dot
/// product where rows keep their lengths. Its mean is taken over anchors in state i and candidates in state j, those of
/// `loss.pairs()`. Each pair counts once, so positives and negatives come c1_ij to n c2_ij times, as in the expected
/// loss. The target at B is the target of this mean. B must be the batch here, because p falls as 1/B.
///
/// f_micl reads the ratio c1 / (a c2) from its kernel G_ik = mu exp((cos_ik - 1) / temperature). At its target the mean
/// of G over negatives is that ratio. f' of the mean is what is given here.
///
/// Anchors are the rows of z1, candidates those of z2. With negatives of both views, all 2B rows are anchors, and the
/// others candidates. Negatives of the own view are the other rows of z1.
///
/// Errors are the spread of the mean over whole batches drawn with replacement: D_i ties p to its batch. They are
/// honest for batches of fresh samples, and useful from ten batches on. Memory: 32 rows of similarities a thread, and
/// (anchors of a batch) x states.
Measured measure(const Tensor& z1, const Tensor& z2, std::span<const int> labels1, std::span<const int> labels2,
                 int states, const Target& loss, const MeasureOptions& options = {});

/// How far a measured matrix is from its target, over the pairs of states where both are numbers.
struct Distance {
  double largest_absolute = 0;
  double largest_relative = 0;  ///< |measured - target| / |target|, over targets other than 0.
  double mean_absolute = 0;     ///< Weighted by c2.
  double mean_relative = 0;     ///< Weighted by c2.
  int row = -1, column = -1;    ///< Where the largest relative one is.
};
Distance distance(const StateMatrix& measured, const StateMatrix& target, const Joint& joint);

}  // namespace nce::losses
