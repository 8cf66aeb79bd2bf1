#include "nce/losses/dcl.h"

#include "nce/core/error.h"
#include "nce/losses/engine/pairwise.h"
#include "nce/losses/engine/similarity.h"

namespace nce::losses {
namespace {

// log sum exp(s_ik - s_ii) over the negatives of each anchor: the loss by row.
Tensor rows(const Tensor& a, const Tensor& b, const Tensor& positive, bool both_views, bool symmetric) {
  if (both_views && symmetric)
    return logsumexp_pairs(concatenate({a, b}),
                           {.exclude = Exclude::self_and_pair, .minus = concatenate({positive, positive})});
  const Tensor other =
      logsumexp_pairs(a, b, {.exclude = Exclude::self, .minus = positive, .both_directions = symmetric});
  if (!both_views) return other;
  return logsumexp(stack({other, logsumexp_pairs(a, {.exclude = Exclude::self, .minus = positive})}), 0);
}

}  // namespace

Tensor dcl(const Tensor& z1, const Tensor& z2, const DclOptions& options) {
  check_views("dcl", z1, z2, 2);
  check_options("dcl", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  return mean(rows(a, b, paired(a, b), options.both_views, options.symmetric));
}

Tensor dclw(const Tensor& z1, const Tensor& z2, const DclwOptions& options) {
  check_views("dclw", z1, z2, 2);
  check_options("dclw", options);
  const Tensor a = logit_rows(z1, options.temperature);
  const Tensor b = logit_rows(z2, options.temperature);
  const Tensor positive = paired(a, b);
  const Tensor closeness = paired(normalize(z1.detach()), normalize(z2.detach())) * (1 / options.sigma);
  const Tensor weight = 2.0 - softmax(closeness) * double(z1.size(0));
  return mean(rows(a, b, positive, options.both_views, options.symmetric)) + mean((1.0 - weight) * positive);
}

}  // namespace nce::losses
