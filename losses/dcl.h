#pragma once
#include "nce/core/tensor.h"

namespace nce::losses {

struct DclOptions {
  double temperature = 0.1;
  /// One element, may be learned: the logarithm of 1 / temperature, in its place (CLIP's).
  Tensor logit_scale = {};
  /// The other rows of the anchor's own view are negatives too: 2(N - 1) of them, as in the paper.
  bool both_views = false;
  /// The mean of both directions: z2 as anchors too, as in the paper.
  bool symmetric = false;
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
  double temperature = 0.1;
  Tensor logit_scale = {};  ///< As in `DclOptions`.
  bool both_views = false;  ///< As in `DclOptions`.
  bool symmetric = false;   ///< As in `DclOptions`.
  double sigma = 0.5;       ///< Of the weights: below 1 / sigma they tell pairs apart, for a large one all are 1.
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
