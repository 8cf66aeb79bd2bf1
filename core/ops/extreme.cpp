// Reductions that choose or multiply: max, min, argmax, prod.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "nce/core/error.h"
#include "nce/core/ops/reduction.h"

namespace nce {
namespace {

// better(a, b): a wins against b. Equal winners share the gradient. A NaN always wins.
template <class Better>
Tensor extreme(const char* op, const Tensor& x, const Axes& axes, bool keepdim, Better better) {
  const detail::Rows r = detail::rows_of(op, x, axes, keepdim);
  check(r.length > 0, "{}: nothing to reduce over in a tensor of shape {}", op, x.shape());
  const Tensor best = detail::reduce(r, [better]<class T>(const T* row, int64_t n) {
    T found = row[0];
    for (int64_t i = 1; i < n; ++i)
      if (better(row[i], found) || std::isnan(row[i])) found = row[i];
    return found;
  });
  return record(op, reshape(best, r.result), {x}, [x = x.detach(), best, kept = r.kept](const Tensor& grad) {
    std::vector<int> reduced;
    for (int d = 0; d < kept.size(); ++d)
      if (kept[d] != x.shape()[d]) reduced.push_back(d);
    const Tensor winners = eq(x, best);
    const Tensor count = reduced.empty() ? winners : sum(winners, reduced, true);
    return winners / count * reshape(grad, kept);
  });
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdim) {
  return extreme("max", x, axes, keepdim, [](auto a, auto b) { return a > b; });
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) {
  return extreme("min", x, axes, keepdim, [](auto a, auto b) { return a < b; });
}

// The derivative by an element is the product of all elements before it and all after it. So nothing is divided by 0.
Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  const detail::Rows r = detail::rows_of("prod", x, axes, keepdim);
  const Tensor out = detail::reduce(r, []<class T>(const T* row, int64_t n) {
    return std::accumulate(row, row + n, T(1), std::multiplies<T>());
  });
  return record("prod", reshape(out, r.result), {x}, [r](const Tensor& grad) {
    const auto write = [&]<class T>(T* dx, const T* x, const T* g) {
      parallel_for(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const T* row = x + i * r.length;
          T *slope = dx + i * r.length, before = g[i], after = 1;
          for (int64_t j = 0; j < r.length; before *= row[j++]) slope[j] = before;
          for (int64_t j = r.length; j-- > 0; after *= row[j]) slope[j] *= after;
        }
      });
    };
    return r.unordered(detail::compute(Tensor::empty(r.x.shape(), r.x.dtype()), {r.x, grad}, write));
  });
}

std::vector<int> argmax(const Tensor& x, int dim) {
  const detail::Rows r = detail::rows_of("argmax", x, dim, false);
  check(r.length > 0, "argmax: nothing to choose from in a tensor of shape {}", x.shape());
  check(r.length <= std::numeric_limits<int>::max(), "argmax: dimension {} of {} is too long for int", dim,
        x.shape());
  std::vector<int> best(static_cast<size_t>(r.rows));
  dispatch(x.dtype(), [&]<class T>(T) {
    for (size_t i = 0; i < best.size(); ++i) {
      const T* row = r.x.data<T>() + int64_t(i) * r.length;
      best[i] = int(std::max_element(row, row + r.length, [](T a, T b) { return a == a && !(b <= a); }) - row);
    }
  });
  return best;
}

}  // namespace nce
