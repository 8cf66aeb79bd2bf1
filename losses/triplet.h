#pragma once
#include "nce/losses/engine/pair_functions.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `triplet` | z1 | N - 1 others of z2, each a triplet | - | no | margin (`.soft`: log 2) |
// Schroff et al. 2015; Hermans et al. 2017 |
namespace nce::losses {

struct TripletOptions {
  double margin = 0.2;            ///< How much farther than the positive a negative must be. Not used if `soft`.
  bool soft = false;              ///< softplus instead of max(0, .), and no margin.
  Temperature temperature = 0.1;  ///< Only if `soft`: the scale of the differences.
  void fields(Options& o) {
    o.number("margin", margin, "how much farther than the positive a negative must be", {.least = 0});
    o.flag("soft", soft, "softplus of differences over the temperature, instead of the margin");
    temperature.fields(o);
    o.needs("margin", !soft, "soft=false");
    o.needs("temperature", soft, "soft");
  }
};

/// Triplet loss over all triplets of a batch (Schroff et al., "FaceNet", CVPR 2015, eq. 3; the soft margin: Hermans
/// et al., "In Defense of the Triplet Loss for Person Re-Identification", 2017).
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2; u and v are their normalised rows.
///
///     L = 1/(N (N-1)) sum_{i != k} h(x_ik)
///     x_ik = |u_i - v_i|^2 - |u_i - v_k|^2 + margin,   h(x) = max(0, x),     h' = [x > 0]
///     soft: x_ik = (cos_ik - cos_ii) / temperature,    h(x) = softplus(x),   h' = sigmoid(x)
///
/// - anchors: z1; positive: z2_i; negatives: the N - 1 other rows of z2, one triplet each; not symmetrised
/// - the soft form is the one of Hermans et al., for squared distances |u - v|^2 = 2 - 2 cos divided by twice the temperature
/// - collapsed embeddings: margin; `soft`: log 2
/// - dense definition: `dense::triplet`. Below: each row gets one more number, so that dot products are x_ik
inline Tensor triplet(const Tensor& z1, const Tensor& z2, const TripletOptions& options = {}) {
  check_loss("triplet", z1, z2, options, 2);
  const double n = double(z1.size(0)), margin = options.soft ? 0 : options.margin;
  const Temperature temperature = options.soft ? options.temperature : 0.5;  // 2 cos
  const Tensor a = logit_rows(z1, temperature), b = logit_rows(z2, temperature);
  const Tensor longer_a = concatenate({a, unsqueeze(margin - paired(a, b), 1)}, 1);
  const Tensor longer_b = concatenate({b, Tensor::ones({z2.size(0), 1}, z2.dtype())}, 1);
  return sum_pairs(longer_a, longer_b, options.soft ? softplus_of_pair() : relu_of_pair(), Exclude::self) *
         (1 / (n * (n - 1)));
}

}  // namespace nce::losses
