#pragma once
#include "nce/core/tensor.h"
#include "nce/losses/sc_info_nce.h"

/// What tells how a representation does while it is trained, from the embeddings that a loss sees. None of these
/// holds an N x N matrix. Those that return a tensor can be differentiated, and so be a loss or a part of one.
namespace nce::losses {

/// Mean over the pairs of |u1_i - u2_i|^2, u the rows at length 1, of z1, z2 (N, d): a scalar of 0 (the views of an
/// image are one point) to 4; 2 where views are unrelated. Alignment of Wang and Isola, "Understanding Contrastive
/// Representation Learning through Alignment and Uniformity on the Hypersphere" (arXiv 2005.10242), alpha = 2.
Tensor alignment(const Tensor& z1, const Tensor& z2);

/// log of the mean over pairs i < j of exp(-t |u_i - u_j|^2), u the rows of z (N, d) at length 1, N >= 2: a scalar,
/// 0 where all are one point and lower the more evenly they cover the sphere: many points that are uniform on it
/// have about -2 t + 2 t^2 / d, -3.94 in 128 dimensions for t = 2. Uniformity of the same paper, which has t = 2
/// and takes the mean over both views.
Tensor uniformity(const Tensor& z, double t = 2);

/// How many dimensions z (N, d) uses: the exponential of the entropy of its singular values, normalised to sum to
/// one (Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007; as a measure of
/// representations: Garrido et al., "RankMe", 2023). 1 where all rows are multiples of one, min(N, d) where all
/// singular values are equal, 0 where z is all zeros, NaN where an element is not finite; the mean of the rows is
/// not taken off. Its cost is that of the smaller Gram matrix of z, in f64, and of its eigenvalues.
double effective_rank(const Tensor& z);

/// Which rows an anchor has as negatives: those of the other view, of its own, or of both, but for its own pair.
enum class NegativesFrom { other_view, own_view, both_views };

struct PositiveProbabilityOptions {
  double temperature = 0.1;
  NegativesFrom negatives = NegativesFrom::other_view;
  Denominator denominator = Denominator::all;  ///< Whether the positive is in D.
};

/// Mean over the anchors of p_i = exp(s_ii) / D_i, a loss's own probability of the positive, for z1, z2 (N, d), N >=
/// 2: a scalar. s = cos / temperature; anchors are the rows of z1, with `both_views` all 2N.
///
///     InfoNCE  {}    NT-Xent  {both_views}    DCL, SC-InfoNCE  {negatives}    DHEL  {own_view, negatives}
///
/// Where D sums the negatives alone, p is the positive over the others: not a probability and without a bound; in f32
/// it is infinite where the loss of an anchor is below -88.
Tensor positive_probability(const Tensor& z1, const Tensor& z2, const PositiveProbabilityOptions& options = {});

}  // namespace nce::losses
