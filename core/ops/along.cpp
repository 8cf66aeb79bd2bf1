// Along one dimension: running sums, and order.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/ops/around.h"
#include "nce/core/ops/compute.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

using detail::Around;

// Calls body(first element, number of the line) for each of the outer * inner lines. Its `size` elements are `inner` apart.
template <class Body>
void for_each_line(const Around& a, Body body) {
  parallel_for(a.outer * a.inner, (1 << 14) / std::max<int64_t>(a.size, 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i / a.inner * a.size * a.inner + i % a.inner, i);
  });
}

// Running sums from the front, or from the back. The sum is kept in f64, as in PyTorch.
Tensor running_sum(const Tensor& x, const Around& a, bool from_back) {
  return detail::compute(Tensor::empty(x.shape(), x.dtype()), {x}, [&]<class T>(T* y, const T* x) {
    for_each_line(a, [&](int64_t first, int64_t) {
      double total = 0;
      for (int64_t k = 0; k < a.size; ++k) {
        const int64_t at = first + (from_back ? a.size - 1 - k : k) * a.inner;
        total += double(x[at]);
        y[at] = T(total);
      }
    });
  });
}

// The first k elements of each sorted line. `gather` fetches the values, so gradients go back to where they came from.
Ordered in_order(const char* op, const Tensor& x, int64_t k, int dim, bool descending) {
  const Around a = detail::around(op, x.shape(), dim);
  check(k >= 0 && k <= a.size, "{}: k {} is outside 0 .. {}, the size of dimension {}", op, k, a.size, a.dim);
  check(a.size <= std::numeric_limits<int>::max(), "{}: dimension {} of {} is too long for int", op, a.dim,
        x.shape());
  Shape shape = x.shape();
  shape[a.dim] = k;
  std::vector<int> indices(size_t(element_count(shape)));
  const Tensor dense = x.detach().contiguous();
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* from = dense.data<T>();
    for_each_line(a, [&](int64_t first, int64_t line) {
      const auto before = [&](int i, int j) {  // equal elements keep their order, whatever the algorithm
        const T p = from[first + i * a.inner], q = from[first + j * a.inner];
        if (std::isnan(p) != std::isnan(q)) return std::isnan(p) == descending;
        return p == q || std::isnan(p) ? i < j : (p < q) != descending;
      };
      std::vector<int> order(size_t(a.size));
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
      for (int64_t j = 0; j < k; ++j)
        indices[size_t((line / a.inner * k + j) * a.inner + line % a.inner)] = order[size_t(j)];
    });
  });
  return {gather(x, a.dim, indices, shape), indices};
}

}  // namespace

Tensor cumsum(const Tensor& x, int dim) {
  const Around a = detail::around("cumsum", x.shape(), dim);
  return record("cumsum", running_sum(x, a, false), {x},
                [a](const Tensor& grad) { return running_sum(grad, a, true); });
}

Ordered sort(const Tensor& x, int dim, bool descending) {
  return in_order("sort", x, x.size(normalize_dim("sort", dim, x.dim())), dim, descending);
}
Ordered topk(const Tensor& x, int64_t k, int dim, bool largest) { return in_order("topk", x, k, dim, largest); }

}  // namespace nce
