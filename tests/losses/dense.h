#pragma once
#include <limits>

#include "nce/core/ops.h"
#include "nce/losses/engine/pairwise.h"

/// The composed twins of the pairwise engine: the same reductions over a dense matrix, by ordinary operations.
namespace nce::test {

/// 1 for the pairs that `exclude` leaves out of n x m, else 0.
inline Tensor excluded(int64_t n, int64_t m, losses::Exclude exclude, DType dtype) {
  std::vector<double> mask(size_t(n * m));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < m; ++k)
      if (exclude != losses::Exclude::nothing)
        mask[size_t(i * m + k)] =
            i == k || (exclude == losses::Exclude::self_and_pair && (i + n / 2 == k || k + n / 2 == i));
  return Tensor::from(mask, {n, m}).to(dtype);
}

inline Tensor dense_logsumexp(const Tensor& a, const Tensor& b, const losses::LogsumexpOptions& options) {
  const Tensor mask = excluded(a.size(0), b.size(0), options.exclude, a.dtype());
  const auto by_row = [&](const Tensor& s, const Tensor& left_out) {
    const Tensor margin = options.minus.defined() ? s - unsqueeze(options.minus, 1) : s;
    return logsumexp(masked_fill(margin, left_out, -std::numeric_limits<double>::infinity()), 1);
  };
  const Tensor s = matmul(a, t(b));
  return options.both_directions ? stack({by_row(s, mask), by_row(t(s), t(mask))}) : by_row(s, mask);
}

/// `h` by ordinary operations.
template <class H>
Tensor dense_sum(const Tensor& a, const Tensor& b, H h, losses::Exclude exclude) {
  return sum(h(matmul(a, t(b))) * (1.0 - excluded(a.size(0), b.size(0), exclude, a.dtype())));
}

}  // namespace nce::test
