#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {

Tensor dropout(const Tensor& x, double p, Key key) {
  check(p >= 0 && p < 1, "dropout: p must be at least 0 and below 1, got {}", p);
  if (p == 0) return x;
  // 1 / (1 - p) where a uniform number (the same as in Tensor::uniform) is at least p; else 0.
  Tensor kept = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    T* to = kept.mutable_data<T>();
    const int64_t n = kept.numel();
    parallel_for((n + 3) / 4, 1 << 12, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        const auto words = philox(key.value, uint64_t(block));
        for (int64_t i = 4 * block; i < std::min(4 * block + 4, n); ++i)
          to[i] = T(words[size_t(i % 4)] >> 8) * T(0x1p-24) >= T(p) ? T(1 / (1 - p)) : T(0);
      }
    });
  });
  return x * kept;
}

}  // namespace nce
