#pragma once
#include <optional>

#include "nce/core/number.h"
#include "nce/losses/denominator.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `sc_info_nce` | z1 | N rows of z2 | option | no | log(N - 1) + (1 - δ + γ)/τ |
// Cheng, Wang, Zhang, arXiv 2511.12180 |
namespace nce::losses {

/// The weight of the positive. `exact` follows from the paper's target. `published` is the authors' code for images,
/// graphs and synthetic data. It adds p_i to the weight as a constant, without a gradient, and so has another target.
/// If the positive is not in the denominator, p_i has no bound; as a weight it is at most 1e30.
///
/// (The authors' first code for text is `published` with Denominator::all. Their later code for text has no p_i. It subtracts
/// the positive's logit from the denominator, where its exponential is meant. That is near InfoNCE, and not offered here.)
enum class PositiveWeight { exact, published };

struct ScInfoNceOptions {
  Temperature temperature = 0.2;
  double delta = 1;  ///< Scale of the target: above 1 sharpens the clusters, below 1 blurs them.
  /// Bias of the target. Unset: delta - 1. Then the target is a probability, and can be reached.
  std::optional<double> gamma = std::nullopt;
  double gamma_value() const { return gamma.value_or(decimal(delta - 1)); }
  void settle() { gamma = gamma_value(); }
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
/// Clustering", arXiv 2511.12180): InfoNCE with a scaled and shifted target.
/// z1, z2: (N, d), N >= 2, row i of z1 matches row i of z2.
///
///     L = 1/N sum_i [ -log p_i - (delta - 1) s_ii + gamma mean_{k != i} s_ik ]
///     p_i = exp(s_ii) / D_i,  D_i = sum_{k != i} exp(s_ik)  (`all`: sum over every k),  s = cos / temperature
///     N dL/ds_ik = -delta for k = i, else softmax_k(s_i) + gamma / (N - 1)      (negatives, exact)
///
/// - anchors: z1; candidates: the N rows of z2; not symmetrised
/// - target: the mean gradient over the data is 0 where p_ij is
///       delta c1_ij / ((N-1) c2_ij) - gamma / (N-1)         negatives, exact
///       (delta c1 - gamma c2) / (c1 + (N-1) c2)             all, exact
///       (delta c1 - gamma c2) / ((N-1) c2 - c1)             negatives, published
///       (delta c1 - gamma c2) / ((N-1) c2)                  all, published
/// - free logits reach the target only on the line delta - gamma = 1, and only with `exact` (theory/)
/// - delta = 1, gamma = 0: DCL with `negatives`, InfoNCE with `all`
/// - collapsed embeddings: log(N - 1), or log N with `all`, plus (1 - delta + gamma) / temperature; `published`
///   subtracts p / temperature more, p = 1/(N - 1) or 1/N
/// - dense definition: `dense::sc_info_nce`. Below: sum_ik a_i . b_k = (sum_i a_i) . (sum_k b_k), so the mean needs no
///   N x N matrix
inline Tensor sc_info_nce(const Tensor& z1, const Tensor& z2, const ScInfoNceOptions& options = {}) {
  check_loss("sc_info_nce", z1, z2, options, 2);
  const int64_t n = z1.size(0);
  const double delta = options.delta, gamma = options.gamma_value();
  const Tensor a = logit_rows(z1, options.temperature), b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);
  const Tensor negatives = logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive});
  const Tensor minus_log_p = options.denominator == Denominator::all ? softplus(negatives) : negatives;

  Tensor loss = mean(minus_log_p);
  if (delta != 1) loss = loss - mean(positive) * (delta - 1);
  if (options.positive_weight == PositiveWeight::published) {
    const Tensor p = minimum(exp(-minus_log_p.detach()), Tensor::scalar(1e30, a.dtype()));
    loss = loss - mean(p * positive);  // p is a weight: no gradient flows through it
  }
  if (gamma != 0) {
    const Tensor all = sum(sum(a, 0) * sum(b, 0));
    loss = loss + (all - sum(positive)) * (gamma / double(n * (n - 1)));
  }
  return loss;
}

}  // namespace nce::losses
