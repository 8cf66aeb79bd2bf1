#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce {

Tensor dropout(const Tensor& x, double p, Key key) {
  check(p >= 0 && p < 1, "dropout: p must be at least 0 and below 1, got {}", p);
  if (p == 0) return x;
  const Tensor kept =
      ge(Tensor::uniform(x.shape(), 0, 1, key, x.dtype()), Tensor::scalar(p, x.dtype())) * (1 / (1 - p));
  return x * kept;
}

}  // namespace nce
