#pragma once
#include "nce/core/ops.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/negatives.h"

namespace nce::losses {

/// log sum_k exp(s_ik - s_ii) over the negatives k of each anchor i. Its mean is DCL. The mean of its softplus is
/// InfoNCE. a, b: logit rows (N, d); positive: the logits s_ii (N). The anchors are the rows of a, and the result is
/// (N). With `symmetric` the rows of b are anchors too: (2, N) or (2N).
inline Tensor negatives_over_positive(const Tensor& a, const Tensor& b, const Tensor& positive, NegativesFrom from,
                                      bool symmetric = false) {
  const auto own = [&](const Tensor& z) {
    return logsumexp_pairs(z, {.exclude = Exclude::self, .minus = positive});
  };
  if (from == NegativesFrom::own_view) return symmetric ? stack({own(a), own(b)}) : own(a);
  if (from == NegativesFrom::both_views && symmetric)
    return logsumexp_pairs(concatenate({a, b}),
                           {.exclude = Exclude::self_and_pair, .minus = concatenate({positive, positive})});
  const Tensor other =
      logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive, .both_directions = symmetric});
  return from == NegativesFrom::other_view ? other : logsumexp(stack({other, own(a)}), 0);
}

}  // namespace nce::losses
