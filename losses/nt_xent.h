#pragma once
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

// A row of the table in losses/README.md, which tests/losses/readme.py writes.
// | `nt_xent` | 2N rows of both views (VN of V) | the other 2N - 1; positives: all of the sample | yes | yes |
// log(2N - 1) | SimCLR: Chen et al. 2020, eq. 1 |
namespace nce::losses {

struct NtXentOptions {
  Temperature temperature = 0.5;
  bool self_contrast = false;  ///< The anchor is its own candidate too, as in code that does not mask the diagonal.
  void fields(Options& o) {
    temperature.fields(o, true);
    o.flag("self_contrast", self_contrast, "the row itself is a candidate too");
  }
};

namespace detail {
/// log sum_k exp(s_ik - minus_i) over all k, from `others`, the same over k != i.
inline Tensor add_self(const Tensor& others, const Tensor& rows, const Tensor& minus) {
  return logsumexp(stack({others, paired(rows, rows) - minus}), 0);
}
}  // namespace detail

/// NT-Xent, the loss of SimCLR (Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations",
/// 2020, eq. 1). z1, z2: (N, d), row i of z1 matches row i of z2.
///
///     L = 1/(2N) sum_i [ -s_ip + log sum_{k != i} exp(s_ik) ],   s = cos / temperature of all 2N rows
///     2N dL/ds_ik = softmax_k(s_i) - [k = p],   k != i, by anchor
///
/// - anchors: all 2N rows; candidates: the other 2N - 1 rows. The positive p is the other view of i
/// - the positive is in the denominator; symmetric in the two views
/// - collapsed embeddings: log(2N - 1)
/// - target: p = c1 / (c1 + 2(N-1) c2), see theory/target.h
/// - `self_contrast`: the sum is over all k, also over s_ii = 1 / temperature; collapsed: log(2N). This is the
///   "InfoNCE" of the graph, synthetic and text code of arXiv 2511.12180. It has no target in theory/: a part of each
///   softmax belongs to the anchor itself, so the other probabilities do not sum to one
/// - dense definition: `dense::nt_xent`. Below: softplus of the negatives over the positive, as in info_nce.h
inline Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options = {}) {
  check_loss("nt_xent", z1, z2, options);
  const Tensor z = logit_rows(concatenate({z1, z2}), options.temperature);
  const auto [a, b] = halves(z);
  const Tensor positive = paired(a, b);
  const Tensor positives = concatenate({positive, positive});
  const Tensor others = logsumexp_pairs(z, {.exclude = Exclude::self_and_pair, .minus = positives});
  return mean(softplus(options.self_contrast ? detail::add_self(others, z, positives) : others));
}

/// The same for V >= 2 views. The other V - 1 views of an anchor's sample are its positives, P_i. This is `SupConLoss`
/// of Khosla et al. (NeurIPS 2020) without labels. views: (N, d) each, row i of one matches row i of the others.
///
///     L = 1/(VN) sum_i [ -1/(V-1) sum_{p in P_i} s_ip + log sum_{k != i} exp(s_ik) ],   over all VN rows
///     VN dL/ds_ik = softmax_k(s_i) - [k in P_i] / (V-1),   k != i, by anchor
///
/// - candidates: the other VN - 1 rows, with the positives. With V = 2 this is the loss above, with the same bits
/// - least value of an anchor: log(V - 1), if its views are equal and all others far
/// - collapsed embeddings: log(VN - 1)
/// - target: p = c1 / ((V-1) c1 + V(N-1) c2), as V - 1 positives are in the denominator
/// - f32: if the positives of an anchor are nearly equal and the temperature is low, the gradient is a small difference
///   of their weights. It then keeps few digits (about two at temperature 0.005 for views 0.01 apart)
/// - dense definition: `dense::nt_xent`. Below: the mean positive comes from the sum of a sample's views
inline Tensor nt_xent(const std::vector<Tensor>& views, const NtXentOptions& options = {}) {
  check_loss("nt_xent", views, options);
  if (views.size() == 2) return nt_xent(views[0], views[1], options);
  const Tensor z = logit_rows(concatenate(views), options.temperature);
  const std::vector<Tensor> parts = chunk(z, int64_t(views.size()));
  Tensor all = parts[0];
  for (size_t v = 1; v < parts.size(); ++v) all = all + parts[v];
  std::vector<Tensor> positives;
  for (const Tensor& part : parts) positives.push_back(paired(part, all - part) / double(parts.size() - 1));
  const Tensor positive = concatenate(positives);
  const Tensor others = logsumexp_pairs(z, {.exclude = Exclude::self, .minus = positive});
  return mean(options.self_contrast ? detail::add_self(others, z, positive) : others);
}

}  // namespace nce::losses
