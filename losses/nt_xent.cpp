#include "nce/losses/nt_xent.h"

#include <limits>

#include "nce/losses/similarity.h"

namespace nce::losses {

Tensor nt_xent(const Tensor& z1, const Tensor& z2, const NtXentOptions& options) {
  check_views("nt_xent", z1, z2, options.temperature);
  const int64_t n = z1.size(0);
  const Tensor z = concatenate({z1, z2});
  const Tensor s = cosine_similarity(z, z, options.temperature);
  const Tensor others = masked_fill(s, diagonal_mask(2 * n, z.dtype()), -std::numeric_limits<double>::infinity());
  // The positive of row i < n is row i + n; s is symmetric, so the n entries on that diagonal stand for all 2n.
  const Tensor positive = diagonal(slice(s, 1, n, 2 * n));
  return mean(logsumexp(others, 1)) - mean(positive);
}

}  // namespace nce::losses
