#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `is_info_nce` | z1, for the negatives z3 | z2_i, N - 1 others of z3 | no | in z1, z2 | log(N - 1) |
// baseline of arXiv 2511.12180 |
namespace nce::losses {

struct IsInfoNceOptions {
  Temperature temperature = 0.2;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// Independently sampled InfoNCE, the baseline IS-InfoNCE of arXiv 2511.12180, as its authors train it with images,
/// graphs and synthetic data. Three views of N samples: two are the positives, the third gives the negatives.
/// z1, z2, z3: (N, d), N >= 2, row i of one matches row i of the others.
///
///     L = 1/N sum_i [ -s_ii + log sum_{k != i} exp(r_ik) ]
///     s_ii = cos(z1_i, z2_i) / temperature,   r_ik = cos(z3_i, z3_k) / temperature
///     N dL/ds_ii = -1,   N dL/dr_ik = softmax_k(r_i), by row of z3
///
/// - anchors: z1 for the positives, z3 for the negatives; candidates: z2_i, and the other N - 1 rows of z3
/// - the positive is not in the denominator; symmetric in z1 and z2
/// - with z3 = z1 it is `dhel`. There each anchor has a positive and negatives. Here positives and negatives have no
///   row in common
/// - target: p = c1 / ((N-1) c2), as for dcl and dhel (theory/target.h)
/// - collapsed embeddings: log(N - 1)
/// - dense definition: `dense::is_info_nce`
inline Tensor is_info_nce(const Tensor& z1, const Tensor& z2, const Tensor& z3,
                          const IsInfoNceOptions& options = {}) {
  check_loss("is_info_nce", std::vector<Tensor>{z1, z2, z3}, options, 2);
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  return mean(
      logsumexp_pairs(logit_rows(z3, options.temperature), {.exclude = Exclude::self, .minus = paired(a, b)}));
}

}  // namespace nce::losses
