#pragma once
#include "nce/losses/temperature.h"

namespace nce::losses {

struct DhelOptions {
  Temperature temperature = 0.3;
  /// Adds the energy of the second view too, as the authors' published code does by default.
  bool both_views = false;
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("both_views", both_views, "the energy of the second view too");
  }
};

/// DHEL, decoupled hyperspherical energy loss (Koromilas et al., "Bridging Mini-Batch and Asymptotic Analysis in
/// Contrastive Learning: From InfoNCE to Kernel-Based Losses", ICML 2024, arXiv 2405.18045): the negatives come
/// from the anchor's own view alone, so that alignment and uniformity do not meet in one sum. z1, z2 of shape (N,
/// d), N >= 2, row i of one matching row i of the other.
///
///     L = 1/N sum_i [ -cos(z1_i, z2_i) / temperature + log sum_{k != i} exp(cos(z1_i, z1_k) / temperature) ]
///
/// - anchors: z1; candidates: the other N - 1 rows of z1
/// - the positive is not in the denominator
/// - both_views: plus 1/N sum_i log sum_{k != i} exp(cos(z2_i, z2_k) / temperature): symmetric, one positive and
///   two energies
/// - collapsed embeddings: log(N - 1); both_views: 2 log(N - 1) + 1 / temperature
Tensor dhel(const Tensor& z1, const Tensor& z2, const DhelOptions& options = {});

}  // namespace nce::losses
