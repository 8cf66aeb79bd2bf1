#include "nce/nn/eval/checks.h"

#include <algorithm>
#include <cmath>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::nn {

Tensor checked_features(const char* op, const char* what, const Tensor& features) {
  check(features.dim() == 2 && features.numel() > 0,
        "{}: {} must be a matrix (N, d) with at least one row and column, got {}; reshape images to rows first", op,
        what, features.shape());
  const NoGrad no_grad;
  const Tensor dense = features.detach().contiguous();
  const int64_t n = dense.numel(), columns = dense.size(1);
  const int64_t bad = dispatch(dense.dtype(), [&]<class T>(T) {
    const T* x = dense.data<T>();
    return parallel_reduce<int64_t>(
        n, 1 << 16, n,
        [&](int64_t begin, int64_t end) -> int64_t {
          T sum = 0;  // x - x is 0 where x is finite, else a NaN
          for (int64_t i = begin; i < end; ++i) sum += x[i] - x[i];
          if (sum == 0) return n;
          return std::find_if(x + begin, x + end, [](T v) { return !std::isfinite(v); }) - x;
        },
        [](int64_t a, int64_t b) { return std::min(a, b); });
  });
  if (bad < n)
    fail("{}: {} hold a value that is not finite, first in row {}, column {}", op, what, bad / columns,
         bad % columns);
  return dense;
}

void check_labels(const char* op, const char* what, std::span<const int> labels, int64_t rows) {
  check(int64_t(labels.size()) == rows, "{}: {} {} for {} rows of features", op, labels.size(), what, rows);
  for (size_t i = 0; i < labels.size(); ++i)
    check(labels[i] >= 0, "{}: {}: label {} of row {} is below 0", op, what, labels[i], i);
}

}  // namespace nce::nn
