#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct InfoNceOptions {
  Temperature temperature = 0.2;
  /// The mean of both directions: z2 as anchors among z1 too (the loss of CLIP).
  bool symmetric = false;
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("symmetric", symmetric, "the mean of both directions");
  }
};

/// InfoNCE (van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018, eq. 4): z1, z2
/// of shape (N, d), row i of one matching row i of the other.
///
///     L = 1/N sum_i [ -s_ii + log sum_k exp(s_ik) ],   s_ik = cos(z1_i, z2_k) / temperature
///
/// - anchors: z1; candidates: the N rows of z2
/// - the positive is in the denominator
/// - collapsed embeddings: log N
/// - gradient by s_ik: (softmax_k - [k = i]) / N
Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options = {});

}  // namespace nce::losses
