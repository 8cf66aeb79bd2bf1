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
  /// The loss times temperature / base_temperature, as in the authors' code (.07 there). Unset: as it is.
  std::optional<double> base_temperature = std::nullopt;
  bool all_anchors = false;  ///< The mean is over all rows: one without a positive counts, as 0.
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
/// - P_i: the other rows of i's label. Anchors: all rows where there is one. Rows without one are counted out; where no
///   row is left, the loss is 0 and so is its gradient. `all_anchors`: the same sum over N
/// - candidates: the other N - 1 rows; the positives are in the denominator
/// - the sum over positives comes from the sums of the classes: O(N C d) for C labels
/// - collapsed embeddings: log(N - 1)
/// - dense definition: `dense::sup_con`
Tensor sup_con(const Tensor& z, std::span<const int> labels, const SupConOptions& options = {});

/// Two views: z1, z2 (N, d), all 2N rows together, one label a pair. No labels: each pair is a class of its own, and
/// the loss is nt_xent. So it is where all labels differ.
Tensor sup_con(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const SupConOptions& options = {});

/// Two views or more, (N, d) each: the loss of all their rows together, with one label a sample. No labels: each sample
/// is a class of its own, and the loss is nt_xent of these views.
Tensor sup_con(const std::vector<Tensor>& views, std::span<const int> labels, const SupConOptions& options = {});

}  // namespace nce::losses
