#pragma once
#include "nce/losses/engine/negatives_over_positive.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `info_nce` | z1 (`.symmetric`: z2 too) | N rows of z2 (`.negatives`: of z1, of both) | yes | option | log N |
// van den Oord et al. 2018, eq. 4 |
namespace nce::losses {

struct InfoNceOptions {
  Temperature temperature = 0.2;
  NegativesFrom negatives = NegativesFrom::other_view;
  bool symmetric = false;  ///< Also z2 as anchors; the mean of both (the loss of CLIP).
  void fields(Options& o) {
    temperature.fields(o, true);
    negatives_field(o, negatives);
    o.flag("symmetric", symmetric, "the mean of both directions");
  }
};

/// InfoNCE (van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018, eq. 4).
/// z1, z2: (N, d), row i of z1 matches row i of z2.
///
///     L = 1/N sum_i [ -s_ii + log sum_k exp(s_ik) ],   s_ik = cos(z1_i, z2_k) / temperature
///     N dL/ds_ik = softmax_k(s_i) - [k = i]
///
/// - anchors: z1; candidates: the N rows of z2; the positive is in the denominator
/// - `negatives`: with `own_view` they are the N - 1 other rows of z1, s_ik = cos(z1_i, z1_k) / temperature. With
///   `both_views` they are the other rows of z1 and of z2. With `symmetric` as well, the loss is nt_xent
/// - collapsed embeddings: log N, with `both_views` log(2N - 1)
/// - dense definition: `dense::info_nce` in dense.h. Below, the same without an N x N matrix. Take s_ii into the sum:
///   -s_ii + log sum_k exp(s_ik) = log(1 + sum_{k != i} exp(s_ik - s_ii)) = log(1 + exp(x_i)) = softplus(x_i)
inline Tensor info_nce(const Tensor& z1, const Tensor& z2, const InfoNceOptions& options = {}) {
  check_loss("info_nce", z1, z2, options);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);  // s_ii; in the next line s_ik = a_i . b_k
  const Tensor x = negatives_over_positive(a, b, positive, options.negatives, options.symmetric);
  return mean(softplus(x));
}

}  // namespace nce::losses
