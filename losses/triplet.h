#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct TripletOptions {
  double margin = 0.2;  ///< How much farther than its positive a negative must be; not used if `soft`.
  bool soft = false;    ///< log(1 + exp(.)) in the place of max(0, .): no margin, but the farther the better.
  Temperature temperature = 0.1;  ///< soft alone: the scale on which a difference counts.
  void fields(Options& o) {
    o.number("margin", margin, "how much farther a negative must be", {.least = 0});
    o.flag("soft", soft, "softplus of differences over the temperature, instead of the margin");
    temperature.fields(o, false);
  }
};

/// Triplet loss over all triplets of a batch (Schroff et al., "FaceNet", CVPR 2015, eq. 3; the soft margin: Hermans
/// et al., "In Defense of the Triplet Loss for Person Re-Identification", 2017). z1, z2 of shape (N, d), N >= 2,
/// row i of one matching row i of the other, u and v their normalised rows.
///
///     L = 1/(N (N-1)) sum_{i != k} max(0, |u_i - v_i|^2 - |u_i - v_k|^2 + margin)
///     soft:                        log(1 + exp(s_ik - s_ii)),   s_ik = cos(z1_i, z2_k) / temperature
///
/// - anchors: z1; positive z2_i; negatives: the N - 1 other rows of z2, each in a triplet of its own; not
///   symmetrised
/// - |u - v|^2 = 2 - 2 cos: the soft form is Hermans' for squared distances over twice the temperature
/// - collapsed embeddings: margin; soft: log 2
Tensor triplet(const Tensor& z1, const Tensor& z2, const TripletOptions& options = {});

}  // namespace nce::losses
