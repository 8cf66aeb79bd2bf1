#pragma once
#include <cmath>

#include "nce/losses/engine/pair_functions.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `t_simcne` | 2N rows of both views | the other 2N - 1, by a Cauchy kernel of their distance | yes | yes |
// log(2N - 1) | t-SimCNE: Böhm et al. 2023 |
namespace nce::losses {

struct TSimcneOptions {
  void fields(Options&) {}
};

/// The loss of t-SimCNE (Böhm, Berens, Kobak, "Unsupervised visualization of image datasets using contrastive learning",
/// ICLR 2023, arXiv 2210.09879): nt_xent, whose similarity is a Cauchy kernel of the distance in the place of a cosine. It
/// learns a map: with embeddings in the plane (`nce train --head-dim 2`) the encoder's output is one, as of t-SNE. z1, z2:
/// (N, d), N >= 2, row i of z1 matches row i of z2; not normalised.
///
///     L = 1/(2N) sum_i [ -log q_ip + log sum_{k != i} q_ik ],   q_ik = 1 / (1 + |z_i - z_k|^2) of all 2N rows
///     2N dL/dz_i = 2 sum_k (2 [k = p] - p_ik - p_ki) q_ik (z_i - z_k),   p_ik = q_ik / sum_{l != i} q_il
///
/// - anchors: all 2N rows; candidates: the other 2N - 1, with the positive p, the other view of i
/// - the positive is in the denominator; symmetric in the two views; no temperature: lengths do its work
/// - collapsed embeddings: log(2N - 1)
/// - the same kernel on features that are at hand: `nn::neighbour_embedding`
/// - f32: distances come from dot products, so of points at distance R from their mean they are right to about 1e-7 R^2
/// - dense definition: `dense::t_simcne`. Below: softplus of the negatives over the positive, as in nt_xent.h
inline Tensor t_simcne(const Tensor& z1, const Tensor& z2, const TSimcneOptions& options = {}) {
  check_loss("t_simcne", z1, z2, options, 2);
  const auto [a, b] = distance_rows(concatenate({z1, z2}) * std::sqrt(2.));
  const Tensor negatives = sum_pairs_by_row(a, b, cauchy_of_pair(0), Exclude::self_and_pair);
  const Tensor positive = map_pairs(-sum(square(z1 - z2), 1), log_of_pair(0));
  return mean(softplus(log(negatives) - concatenate({positive, positive})));
}

}  // namespace nce::losses
