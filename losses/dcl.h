#pragma once
#include "nce/losses/engine/negatives_over_positive.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `dcl` | z1 (`.symmetric`: z2 too) | N - 1 others of z2 (`.negatives`: of z1, of both) | no | option |
// log(N - 1) | Yeh et al. 2022, eq. 5 |
// | `dclw` | as `dcl`, positives weighted | as `dcl` | no | option | log(N - 1) | the same, eq. 6 |
namespace nce::losses {

struct DclOptions {
  Temperature temperature = 0.2;
  NegativesFrom negatives = NegativesFrom::other_view;  ///< The paper: `both_views`.
  bool symmetric = false;                               ///< Also z2 as anchors; the mean of both, as in the paper.
  void fields(Options& o) {
    temperature.fields(o, true);
    negatives_field(o, negatives);
    o.flag("symmetric", symmetric, "the mean of both directions");
  }
};

/// DCL (Yeh et al., "Decoupled Contrastive Learning", ECCV 2022, eq. 5): InfoNCE without the positive in the
/// denominator. z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/N sum_i [ -s_ii + log sum_{k != i} exp(s_ik) ],   s_ik = cos(z1_i, z2_k) / temperature
///     N dL/ds_ik = -1 for k = i, else softmax over the negatives
///
/// - anchors: z1; candidates: the N - 1 other rows of z2, with `negatives = both_views` those of z1 too
/// - the positive is not in the denominator
/// - with `both_views` and `symmetric` it is the paper's loss. With neither it is what the theory here calls DCL, the
///   same as sc_info_nce with delta = 1, gamma = 0. With `own_view` it is dhel
/// - collapsed embeddings: log(N - 1), with `both_views` log(2N - 2)
/// - dense definition: `dense::dcl`
inline Tensor dcl(const Tensor& z1, const Tensor& z2, const DclOptions& options = {}) {
  check_loss("dcl", z1, z2, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  return mean(negatives_over_positive(a, b, paired(a, b), options.negatives, options.symmetric));
}

struct DclwOptions {
  Temperature temperature = 0.2;
  NegativesFrom negatives = NegativesFrom::other_view;  ///< As in `DclOptions`; so is `symmetric`.
  bool symmetric = false;
  double sigma = 0.5;         ///< Width of the weights. Large: the weights are nearly equal.
  bool stop_gradient = true;  ///< No gradient flows through the weights. False: it does, as in the authors' code.
  void fields(Options& o) {
    temperature.fields(o, true);
    negatives_field(o, negatives);
    o.flag("symmetric", symmetric, "the mean of both directions");
    o.number("sigma", sigma, "width of the weights: the larger, the more alike", {.above = 0});
    o.flag("stop_gradient", stop_gradient, "no gradient through the weights");
  }
  bool stops_gradient() const { return stop_gradient; }
};

/// DCLW (the same paper, eq. 6): DCL in which pairs weigh more if their views are far from each other.
///
///     L = 1/N sum_i [ -w_i s_ii + log sum_{k != i} exp(s_ik) ]
///     w_i = 2 - N exp(cos_ii / sigma) / sum_j exp(cos_jj / sigma)
///     N dL/ds_ik = -w_i for k = i, else softmax over the negatives
///
/// The mean of the weights is 1. No gradient flows through them, unless `stop_gradient` is false. Then N dL/ds_ii is
///     -w_i + (2 - w_i) (s_ii - m) temperature / sigma,   m = mean_j (2 - w_j) s_jj
/// Collapsed embeddings: as DCL. Dense definition: `dense::dclw`.
inline Tensor dclw(const Tensor& z1, const Tensor& z2, const DclwOptions& options = {}) {
  check_loss("dclw", z1, z2, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);
  const auto unit = [&](const Tensor& z) { return normalize(options.stop_gradient ? z.detach() : z); };
  const Tensor closeness = paired(unit(z1), unit(z2)) * (1 / options.sigma);
  const Tensor weight = 2.0 - softmax(closeness) * double(z1.size(0));
  return mean(negatives_over_positive(a, b, positive, options.negatives, options.symmetric)) +
         mean((1.0 - weight) * positive);
}

}  // namespace nce::losses
