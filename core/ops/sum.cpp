// Reductions that add: sum, mean, var, stddev, norm.
#include "nce/core/sums.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/memory.h"
#include "nce/core/ops/reduction.h"

namespace nce {
namespace {

// x (rows, columns) -> (columns): the gradient of a bias. Reads x in place. Rows are cut into fixed parts, and the sums
// of the parts are added in order.
template <class T>
void sum_columns(const T* x, int64_t rows, int64_t columns, T* sums) {
  const int64_t grain = std::max<int64_t>(64, (1 << 16) / columns), parts = (rows + grain - 1) / grain;
  const MemoryBlock block(size_t(parts * columns) * sizeof(T));
  T* part_sums = block.as<T>();
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    T* sum = part_sums + begin / grain * columns;
    std::fill_n(sum, columns, T(0));
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < columns; ++j) sum[j] += x[i * columns + j];
  });
  std::fill_n(sums, columns, T(0));
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t j = 0; j < columns; ++j) sums[j] += part_sums[part * columns + j];
}

// Whether `axes` are the first dimensions of a dense x, and not all of them.
bool leading_only(const Tensor& x, const Axes& axes) {
  if (axes.all || axes.list.empty() || !x.is_contiguous() || x.numel() == 0) return false;
  std::vector<int> sorted;
  for (int axis : axes.list) sorted.push_back(normalize_dim("sum", axis, x.dim()));
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != int(i)) return false;
  return int(sorted.size()) < x.dim();
}

// x (n) -> (): fixed pieces, added in order.
template <class T>
T sum_all(const T* x, int64_t n) {
  const auto piece = [x](int64_t begin, int64_t end) {
    return sum_in_pieces<T>(end - begin, [x = x + begin](int64_t i) { return x[i]; });
  };
  return parallel_reduce<T>(n, 1 << 16, T(0), piece, [](T a, T b) { return a + b; });
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  Shape kept = x.shape(), result;
  Tensor out;
  if (leading_only(x, axes)) {
    int64_t columns = 1;
    for (int d = 0; d < x.dim(); ++d) {
      const bool gone = d < int(axes.list.size());
      if (gone) kept[d] = 1;
      if (!gone || keepdim) result.push_back(kept[d]);
      if (!gone) columns *= x.shape()[d];
    }
    out = detail::compute(Tensor::empty(result, x.dtype()), {x},
                          [&](auto* sums, auto* from) { sum_columns(from, x.numel() / columns, columns, sums); });
  } else {
    const detail::Rows r = detail::rows_of("sum", x, axes, keepdim);
    kept = r.kept;
    if (r.rows == 1)
      out = detail::compute(Tensor::empty(r.kept, x.dtype()), {r.x},
                            [&](auto* total, auto* from) { *total = sum_all(from, r.length); });
    else
      out = detail::reduce(r, []<class T>(const T* row, int64_t n) {
        return sum_in_pieces<T>(n, [row](int64_t i) { return row[i]; });
      });
    out = reshape(out, r.result);
  }
  return record("sum", out, {x},
                [kept, shape = x.shape()](const Tensor& grad) { return broadcast_to(reshape(grad, kept), shape); });
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  for (int axis : axes.list) normalize_dim("mean", axis, x.dim());
  const Tensor total = sum(x, axes, keepdim);
  return total * (double(total.numel()) / double(x.numel()));
}

namespace {

Tensor variance(const char* op, const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  int64_t count = 1;
  for (int d = 0; d < (axes.all ? x.dim() : int(axes.list.size())); ++d)
    count *= x.shape()[axes.all ? d : normalize_dim(op, axes.list[size_t(d)], x.dim())];
  check(count > correction, "{}: {} elements with correction {} leave nothing to divide by", op, count, correction);
  const Tensor centred = x - mean(x, axes, true);
  return sum(square(centred), axes, keepdim) / double(count - correction);
}

}  // namespace

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  return variance("var", x, axes, keepdim, correction);
}

Tensor stddev(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  const Tensor squared = variance("stddev", x, axes, keepdim, correction), out = sqrt(squared.detach());
  return record("stddev", out, {squared},
                [out](const Tensor& grad) { return where(out == 0, 0, grad * 0.5 / out); });
}

Tensor norm(const Tensor& x, const Axes& axes, bool keepdim) {
  const detail::Rows r = detail::rows_of("norm", x, axes, keepdim);
  const Tensor out = detail::reduce(r, []<class T>(const T* row, int64_t n) {
    return std::sqrt(sum_in_pieces<T>(n, [row](int64_t i) { return row[i] * row[i]; }));
  });
  return record("norm", reshape(out, r.result), {x}, [x = x.detach(), out, kept = r.kept](const Tensor& grad) {
    const Tensor safe = where(eq(out, Tensor::scalar(0, out.dtype())), Tensor::scalar(1, out.dtype()), out);
    return x / safe * reshape(grad, kept);  // at 0, x / 1 = 0
  });
}

}  // namespace nce
