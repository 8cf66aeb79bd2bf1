#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {

struct DclOptions {
  Temperature temperature = 0.2;
  bool both_views = false;  ///< The other rows of z1 are negatives too: 2N - 2 of them, as in the paper.
  bool symmetric = false;   ///< Also z2 as anchors; the mean of both, as in the paper.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "negatives from both views");
    o.flag("symmetric", symmetric, "the mean of both directions");
  }
};

namespace detail {
/// log sum exp(s_ik - s_ii) over the negatives k of each anchor i: the loss of DCL by row, (N) or (2, N).
/// a, b: logit rows (N, d); positive: (N).
inline Tensor negatives_over_positive(const Tensor& a, const Tensor& b, const Tensor& positive, bool both_views,
                                      bool symmetric) {
  if (both_views && symmetric)
    return logsumexp_pairs(concatenate({a, b}),
                           {.exclude = Exclude::self_and_pair, .minus = concatenate({positive, positive})});
  const Tensor other =
      logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive, .both_directions = symmetric});
  if (!both_views) return other;
  return logsumexp(stack({other, logsumexp_pairs(a, {.exclude = Exclude::self, .minus = positive})}), 0);
}
}  // namespace detail

/// DCL (Yeh et al., "Decoupled Contrastive Learning", ECCV 2022, eq. 5): InfoNCE without the positive in the
/// denominator. z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/N sum_i [ -s_ii + log sum_{k != i} exp(s_ik) ],   s_ik = cos(z1_i, z2_k) / temperature
///     N dL/ds_ik = -1 for k = i, else softmax over the negatives
///
/// - anchors: z1; candidates: the N - 1 other rows of z2
/// - the positive is not in the denominator
/// - `both_views` and `symmetric` together: the paper's loss. Neither: what the theory here calls DCL, the same as
///   sc_info_nce(1, 0)
/// - collapsed embeddings: log(N - 1), with `both_views` log(2N - 2)
/// - dense definition: `dense::dcl`
inline Tensor dcl(const Tensor& z1, const Tensor& z2, const DclOptions& options = {}) {
  check_loss("dcl", z1, z2, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  return mean(detail::negatives_over_positive(a, b, paired(a, b), options.both_views, options.symmetric));
}

struct DclwOptions {
  Temperature temperature = 0.2;
  bool both_views = false, symmetric = false;  ///< As in `DclOptions`.
  double sigma = 0.5;                          ///< Width of the weights: the larger, the more alike they are.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "negatives from both views");
    o.flag("symmetric", symmetric, "the mean of both directions");
    o.number("sigma", sigma, "width of the weights: the larger, the more alike", {.above = 0});
  }
  bool stops_gradient() const { return true; }
};

/// DCLW (the same paper, eq. 6): DCL in which far pairs weigh more.
///
///     L = 1/N sum_i [ -w_i s_ii + log sum_{k != i} exp(s_ik) ]
///     w_i = 2 - N exp(cos_ii / sigma) / sum_j exp(cos_jj / sigma)
///     N dL/ds_ik = -w_i for k = i, else softmax over the negatives
///
/// The mean of the weights is 1. No gradient flows through them here (in the authors' code it does).
/// Collapsed embeddings: as DCL. Dense definition: `dense::dclw`.
inline Tensor dclw(const Tensor& z1, const Tensor& z2, const DclwOptions& options = {}) {
  check_loss("dclw", z1, z2, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);
  const Tensor closeness = paired(normalize(z1.detach()), normalize(z2.detach())) * (1 / options.sigma);
  const Tensor weight = 2.0 - softmax(closeness) * double(z1.size(0));
  return mean(detail::negatives_over_positive(a, b, positive, options.both_views, options.symmetric)) +
         mean((1.0 - weight) * positive);
}

}  // namespace nce::losses
