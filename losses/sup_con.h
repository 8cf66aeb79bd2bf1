#pragma once
#include <optional>
#include <span>
#include <vector>

#include "nce/losses/temperature.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `sup_con` | rows whose label another has | the other rows; positives: all of the label | yes | yes |
// log(2N - 1) | Khosla et al. 2020, eq. 2 |
namespace nce::losses {

struct SupConOptions {
  Temperature temperature = 0.1;
  /// Multiplies the loss by temperature / base_temperature, as in the authors' code (there it is .07). Unset: by 1.
  std::optional<double> base_temperature = std::nullopt;
  bool all_anchors = false;  ///< The mean is over all rows. A row without a positive counts as 0.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.number("base_temperature", base_temperature, "the loss times the temperature over this one [the temperature]",
             {.above = 0});
    o.flag("all_anchors", all_anchors, "the mean over all rows, also those without a positive");
  }
};

/// SupCon (Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, eq. 2, L_out): all rows of the anchor's
/// label are positives. z: (N, d); labels: any integers, one a row.
///
///     L = mean_i 1/|P_i| sum_{p in P_i} [ -s_ip + log sum_{k != i} exp(s_ik) ],   s = cos / temperature
///     dL_i/ds_ik = softmax_k(s_i) - [k in P_i] / |P_i|,   k != i, by anchor
///
/// - P_i: the other rows of i's label. Anchors: all rows that have a positive. If there are none, the loss and its
///   gradient are 0. `all_anchors`: the same sum, divided by N
/// - candidates: the other N - 1 rows; the positives are in the denominator
/// - the sum over positives is computed from the sum of each class
/// - collapsed embeddings: log(N - 1)
/// - dense definition: `dense::sup_con`
Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& options = {});

/// The same for two views z1, z2 (N, d): all 2N rows together, one label for each pair. If all labels differ, or there
/// are none, each pair is a class, and the loss is nt_xent.
Tensor sup_con(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const SupConOptions& options = {});

/// The same for two or more views, (N, d) each: all rows together, one label for each sample. No labels: each sample is
/// a class, and the loss is nt_xent of these views.
Tensor sup_con(const std::vector<Tensor>& views, std::span<const int> labels, const SupConOptions& options = {});

}  // namespace nce::losses
