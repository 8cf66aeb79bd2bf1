#pragma once
#include <cstdint>
#include <span>

#include "nce/core/tensor.h"
#include "nce/losses/theory/target.h"

/// The matrices of the theory, measured on data: c1 and c2 from pairs of state labels, and the read-out of embeddings.
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
  StateMatrix ratio_error;  ///< Of c1 / c2. NaN for states that were never seen.
  int64_t pairs = 0;
};

/// c1, pi and c2 from the states of the two views of N samples. c1 says how often (labels1_n, labels2_n) is (i, j). It
/// is made symmetric because either view can come first. pi are its row sums, c2 = pi pi^T. The standard errors come
/// from the same estimate for N pairs that are drawn with replacement.
JointEstimate estimate_joint(std::span<const int> labels1, std::span<const int> labels2, int states,
                             const BootstrapOptions& options = {});

struct MeasureOptions {
  double temperature = 0.1;
  /// Pairs in a batch, B. Each B rows in their order are a batch; a smaller last batch is left out. 0: one batch of all.
  int64_t batch = 0;
  double bias = 0;  ///< sig_lip: s = cos / temperature + bias.
  BootstrapOptions bootstrap = {};
};

/// The mean of a loss's own read-out for each pair of states.
struct Measured {
  StateMatrix mean;   ///< NaN if no pair was seen.
  StateMatrix error;  ///< Bootstrap standard error over batches. NaN with a single batch.
  StateMatrix pairs;  ///< The number of pairs (anchor, candidate) in each mean.
  /// The mean over positives alone. NaN if there were none.
  StateMatrix positive;
  int64_t batches = 0;
};

/// The mean read-out of embeddings for each pair of states, to compare with the target of a loss. z1, z2: (N, d), row n
/// of z1 matches row n of z2; their states are labels1_n and labels2_n.
///
/// In each batch of B pairs, each anchor i and candidate k have a read-out, the loss's own: p_ik = exp(s_ik) / D_i for
/// a softmax, sigma(s_ik) for sig_lip. For spectral and linear losses it is s_ik = cos / temperature, or the dot
/// product if rows keep their lengths. The mean is over all anchors in state i and candidates in state j, of the pairs
/// `loss.pairs()`. Each pair counts once. So positives and negatives occur c1_ij to n c2_ij times, as in the expected
/// loss, and the target for B is the target of this mean. B must be the batch here, because p falls as 1/B.
///
/// f_micl reads the ratio c1 / (a c2) from its kernel G_ik = mu exp((cos_ik - 1) / temperature). At the target this
/// ratio is the mean of G over negatives. The result here is f' of that mean.
///
/// Anchors are the rows of z1, candidates the rows of z2. With negatives of both views, all 2B rows are anchors, and
/// all other rows are candidates. With negatives of the own view, they are the other rows of z1.
///
/// The errors come from whole batches that are drawn with replacement, because all p of a batch depend on each other.
/// They are right if the batches hold different samples, and of use from ten batches on. Memory: 32 rows of
/// similarities for each thread, and (anchors of a batch) x states.
Measured measure(const Tensor& z1, const Tensor& z2, std::span<const int> labels1, std::span<const int> labels2,
                 int states, const Target& loss, const MeasureOptions& options = {});

/// How far a measured matrix is from its target. Pairs of states where one of them is NaN are left out.
struct Distance {
  double largest_absolute = 0;
  double largest_relative = 0;  ///< |measured - target| / |target|, over targets other than 0.
  double mean_absolute = 0;     ///< Weighted by c2.
  double mean_relative = 0;     ///< Weighted by c2.
  int row = -1, column = -1;    ///< The place of the largest relative one.
  /// Pearson's, over all pairs of states, and over pairs of two different ones. NaN where either does not vary.
  double correlation = 0, correlation_apart = 0;
  /// Of the line of least squares, measured over target: 1 at the target, below it where differences are too small.
  double slope = 0;
};
Distance distance(const StateMatrix& measured, const StateMatrix& target, const Joint& joint);

}  // namespace nce::losses
