#include "nce/losses/nt_xent.h"

#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options) {
  check_views("nt_xent", z1, z2, options.temperature);
  const int64_t n = z1.size(0);
  const Tensor z = concatenate({z1, z2});
  const Tensor s = cosine_similarity(z, z, options.temperature);
  // The positive of row i < n is row i + n; s is symmetric, so the n entries of that diagonal serve both halves.
  const Tensor pairs = diagonal(slice(slice(s, 0, 0, n), 1, n, 2 * n));
  const Tensor self = diagonal_mask(n, z.dtype()), row = concatenate({self, self}, 1);
  return mean(softplus(negatives_over_positive(s, concatenate({pairs, pairs}), concatenate({row, row}))));
}

}  // namespace nce::losses
