#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct DclOptions {
  Temperature temperature = 0.2;
  /// The other rows of the anchor's own view are negatives too: 2(N - 1) of them, as in the paper.
  bool both_views = false;
  /// The mean of both directions: z2 as anchors too, as in the paper.
  bool symmetric = false;
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "negatives from both views");
    o.flag("symmetric", symmetric, "the mean of both directions");
  }
};

/// DCL (Yeh et al., "Decoupled Contrastive Learning", ECCV 2022, eq. 5): InfoNCE without the positive in the
/// denominator. z1, z2 of shape (N, d), N >= 2, row i of one matching row i of the other.
///
///     L = 1/N sum_i [ -s_ii + log sum_{k != i} exp(s_ik) ],   s_ik = cos(z1_i, z2_k) / temperature
///
/// - anchors: z1, and with `symmetric` z2; candidates: the N - 1 other rows of z2, and with `both_views` those of
///   z1
/// - the positive is not in the denominator
/// - both_views and symmetric: the paper's loss, 1/2 (L(z1, z2) + L(z2, z1)) over 2(N - 1) negatives; neither: what
///   the theory here calls DCL, sc_info_nce(1, 0)
/// - collapsed embeddings: log(N - 1), with both_views log(2N - 2)
/// - gradient by s_ik, times N: -1 on the positive, softmax_k over the negatives
Tensor dcl(const Tensor& z1, const Tensor& z2, const DclOptions& options = {});

struct DclwOptions {
  Temperature temperature = 0.2;
  bool both_views = false;  ///< As in `DclOptions`.
  bool symmetric = false;   ///< As in `DclOptions`.
  double sigma = 0.5;       ///< Of the weights: below 1 / sigma they tell pairs apart, for a large one all are 1.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "negatives from both views");
    o.flag("symmetric", symmetric, "the mean of both directions");
    o.number("sigma", sigma, "how far apart views must be for more weight", {.above = 0});
  }
  bool stops_gradient() const { return true; }
};

/// DCLW (the same paper, eq. 6): DCL with the positive of pair i weighted, more where the views are far apart.
///
///     L = 1/N sum_i [ -w_i s_ii + log sum_{k != i} exp(s_ik) ]
///     w_i = 2 - N exp(cos_ii / sigma) / sum_j exp(cos_jj / sigma)
///
/// The weights' mean is 1. They are numbers here: no gradient flows through them (in the authors' code it does).
/// Collapsed embeddings: as DCL.
Tensor dclw(const Tensor& z1, const Tensor& z2, const DclwOptions& options = {});

}  // namespace nce::losses
