#pragma once
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `simple_contrastive` | z1 | N - 1 others of z2, mean | - | yes | 0 | baseline of arXiv 2511.12180 |
namespace nce::losses {

struct SimpleContrastiveOptions {
  Temperature temperature = 1;  ///< Only scales the loss.
  bool positive_in_mean =
      false;  ///< Adds the positive to the sum of the negatives, as the authors' text code does.
  void fields(Options& o) {
    temperature.fields(o);
    o.flag("positive_in_mean", positive_in_mean, "the positive is added to the sum of the negatives");
  }
};

/// The linear loss, a baseline of arXiv 2511.12180: the mean negative minus the mean positive.
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/(N (N-1)) sum_{i != k} s_ik - 1/N sum_i s_ii,   s_ik = cos(z1_i, z2_k) / temperature
///     N dL/ds_ik = -1 for k = i, else 1 / (N - 1)
///
/// - anchors: z1; candidates: the N rows of z2; symmetric; no denominator
/// - the gradient is constant. So a logit stops only at its bound, and hard negatives count as much as easy ones
/// - collapsed embeddings: 0; aligned and orthogonal pairs: -1 / temperature
/// - `positive_in_mean`: the first sum is over all i and k. So the positive weighs 1 - 1/(N - 1) instead of 1
/// - dense definition: `dense::simple_contrastive`. Below: sum_ik a_i . b_k = (sum_i a_i) . (sum_k b_k), O(N d)
inline Tensor simple_contrastive(const Tensor& z1, const Tensor& z2, const SimpleContrastiveOptions& options = {}) {
  check_loss("simple_contrastive", z1, z2, options, 2);
  const double n = double(z1.size(0));
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positives = sum(a * b), all = sum(sum(a, 0) * sum(b, 0));
  const Tensor candidates = options.positive_in_mean ? all : all - positives;
  return candidates * (1 / (n * (n - 1))) - positives * (1 / n);
}

}  // namespace nce::losses
