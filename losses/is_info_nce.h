#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct IsInfoNceOptions {
  Temperature temperature = 0.2;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// Independently sampled InfoNCE, a baseline of arXiv 2511.12180: no view that serves as a positive serves as a
/// negative. z1, z2, z3 of shape (N, d): three views of N samples.
///
///     L = 1/N sum_i [ -s+_i + log( exp(s+_i) + sum_{k != i} exp(s_ik) ) ]
///     s+_i = cos(z1_i, z2_i) / temperature,   s_ik = cos(z1_i, z3_k) / temperature
///
/// - anchors: z1; candidates: the positive z2_i, and the N - 1 other rows of z3
/// - the positive is in the denominator
/// - collapsed embeddings: log N
///
/// The paper names the baseline and leaves its sampling open; this is our reading. In InfoNCE z2_k is the positive
/// of anchor k and a negative of all others, so that its terms are not independent; here negatives are drawn anew.
/// The target is InfoNCE's.
Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3, const IsInfoNceOptions& options = {});

/// With two views alone: the other rows of the anchors' own view as negatives, which are no positives either.
Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const IsInfoNceOptions& options = {});

}  // namespace nce::losses
