#pragma once
#include <span>

#include "nce/losses/temperature.h"

namespace nce::losses {

struct SupConOptions {
  Temperature temperature = 0.1;
  void fields(Options& o) { temperature.fields(o, true); }
};

/// SupCon (Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, eq. 2, L_out): every row of the anchor's
/// label is a positive. z of shape (N, d), one label a row (any integers).
///
///     L = mean_i 1/|P_i| sum_{p in P_i} [ -s_ip + log sum_{k != i} exp(s_ik) ],   s = cos / temperature
///
/// - anchors: all rows whose label another row has too (P_i: those rows); an error where there is none
/// - candidates: the other N - 1 rows; the positives are in the denominator
/// - the sum over positives comes from the sums of the classes: O(N C d) for C labels
/// - collapsed embeddings: log(N - 1)
/// - gradient by s_ik, by anchor: softmax_k - [k in P_i] / |P_i|
Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& options = {});

/// Two views, z1, z2 of shape (N, d) with one label a pair: all 2N rows together. With labels that all differ it is
/// nt_xent; so it is without labels, where every pair is a class of its own.
Tensor sup_con(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const SupConOptions& options = {});

}  // namespace nce::losses
