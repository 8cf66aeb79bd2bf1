#pragma once
#include <optional>

#include "nce/losses/denominator.h"
#include "nce/losses/temperature.h"

namespace nce::losses {

/// What multiplies the positive: `exact` follows from the stated target; `published` is the authors' code, which
/// adds a detached p_i to it and so moves the fixed point. Without the positive in its denominator p_i has no bound
/// (it overflows for near views at low temperatures); as this weight it counts as at most 1e30.
enum class PositiveWeight { exact, published };

struct ScInfoNceOptions {
  Temperature temperature = 0.2;
  /// Scale of the target: above 1 sharpens the clusters, below 1 blurs them.
  double delta = 1;
  /// Bias of the target; unset: delta - 1, the line on which the target is a probability and can be reached.
  std::optional<double> gamma = std::nullopt;
  Denominator denominator = Denominator::negatives;
  PositiveWeight positive_weight = PositiveWeight::exact;
  void fields(Options& o) {
    temperature.fields(o, true);
    o.number("delta", delta, "scale of the target", {.least = -1e6, .most = 1e6});
    o.number("gamma", gamma, "bias of the target [delta - 1]", {.least = -1e6, .most = 1e6});
    o.choice("denominator", denominator, {"negatives", "all"}, "which pairs the denominator sums");
    o.choice("positive_weight", positive_weight, {"exact", "published"}, "exact, or the authors' published code");
  }
  bool stops_gradient() const { return positive_weight == PositiveWeight::published; }
};

/// SC-InfoNCE (Cheng, Wang, Zhang, "Understanding InfoNCE: Transition Probability Matrix Induced Feature
/// Clustering", arXiv 2511.12180): InfoNCE with a scaled and shifted target. z1, z2 of shape (N, d), N >= 2.
///
///     L = 1/N sum_i [ -log p_i - (delta - 1) s_ii + gamma mean_{k != i} s_ik ]
///     p_i = exp(s_ii) / D_i,  D_i = sum_{k != i} exp(s_ik)  (`all`: sum over every k),  s = cos / temperature
///
/// - anchors: z1; candidates: the N rows of z2; not symmetrised
/// - gradient, times N (negatives, exact): -delta by the positive, softmax_k + gamma / (N - 1) by each negative
/// - over the data it vanishes where p_ij is
///       delta c1_ij / ((N-1) c2_ij) - gamma / (N-1)         negatives, exact
///       (delta c1 - gamma c2) / (c1 + (N-1) c2)             all, exact
///       (delta c1 - gamma c2) / ((N-1) c2 - c1)             negatives, published
///       (delta c1 - gamma c2) / ((N-1) c2)                  all, published
///   which free logits reach only on the line delta - gamma = 1, and with `exact` (losses/theory/theory.h)
/// - delta = 1, gamma = 0: DCL (Yeh et al., 2022) with `negatives`, InfoNCE with `all`
/// - collapsed embeddings: log(N - 1), or log N with `all`, plus (1 - delta + gamma) / temperature; `published`
///   subtracts p / temperature more, p = 1/(N - 1) or 1/N
Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& options = {});

}  // namespace nce::losses
