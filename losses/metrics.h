#pragma once
#include <span>
#include <vector>

#include "nce/core/tensor.h"
#include "nce/losses/denominator.h"
#include "nce/losses/negatives.h"

/// Measures of embeddings during training. None of them holds an N x N matrix. Those that return a tensor are
/// differentiable, so they can be a loss or a part of one.
namespace nce::losses {

/// Alignment: mean_i |u_i - v_i|^2, u and v the normalised rows of z1, z2 (N, d): a scalar. 0: the views of an image
/// are one point. 2: they are unrelated. 4: opposite. Wang and Isola, "Understanding Contrastive Representation
/// Learning through Alignment and Uniformity on the Hypersphere" (arXiv 2005.10242), with alpha = 2.
Tensor alignment(const Tensor& z1, const Tensor& z2);

/// Uniformity: log mean_{i < j} exp(-t |u_i - u_j|^2), u the normalised rows of z (N, d), N >= 2: a scalar. 0: all are
/// one point; lower: more evenly spread over the sphere. Many uniform points have about -2 t + 2 t^2 / d: for t = 2 in
/// 128 dimensions -3.94. The same paper has t = 2, and takes the mean over both views.
Tensor uniformity(const Tensor& z, double t = 2);

/// The min(N, d) singular values of z (N, d), largest first. Those as small as rounding errors are 0. NaN if an element
/// is not finite. The work is a product of z with itself, (d, d) or (N, N), in f64, and its eigenvalues.
std::vector<double> singular_values(const Tensor& z);

/// Effective rank: how many dimensions z (N, d) uses. The exponential of the entropy of its singular values, normalised
/// to sum 1 (Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007; for representations:
/// Garrido et al., "RankMe", 2023). 1: all rows are multiples of one. min(N, d): all singular values are equal. 0: z is
/// all zeros. NaN: an element is not finite. The mean of the rows is not subtracted. Costs what `singular_values` cost.
double effective_rank(const Tensor& z);
double effective_rank(std::span<const double> singular_values);

struct PositiveProbabilityOptions {
  double temperature = 0.1;
  NegativesFrom negatives = NegativesFrom::other_view;
  Denominator denominator = Denominator::all;  ///< Is the positive in D?
};

/// Mean over the anchors of p_i = exp(s_ii) / D_i, a loss's own probability of the positive. z1, z2: (N, d), N >= 2 ->
/// a scalar. s = cos / temperature. Anchors: the rows of z1, with `both_views` all 2N.
///
///     InfoNCE  {}    NT-Xent  {both_views}    DCL, SC-InfoNCE  {negatives}    DHEL  {own_view, negatives}
///
/// If D has only the negatives, p is no probability: it can be any number above 0. In f32 it is infinite where the loss
/// of an anchor is below -88.
Tensor positive_probability(const Tensor& z1, const Tensor& z2, const PositiveProbabilityOptions& options = {});

}  // namespace nce::losses
