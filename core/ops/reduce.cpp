#include <algorithm>
#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

// How a reduction sees its operand: `rows` results, each over `length` elements that stand side by side.
struct Rows {
  Tensor x;  // dense, kept dimensions first, reduced ones last
  int64_t rows, length;
  std::vector<int> order;  // x's dimensions as they stood before
  Shape kept;              // the result's shape with the reduced sizes 1
  Shape result;            // the result's shape as asked for
};

Rows rows_of(const char* op, const Tensor& x, const Axes& axes, bool keepdim) {
  std::vector<bool> reduced(size_t(x.dim()), axes.all);
  for (int axis : axes.list) {
    const size_t d = size_t(normalize_dim(op, axis, x.dim()));
    check(!reduced[d], "{}: dimension {} is named twice", op, d);
    reduced[d] = true;
  }
  Rows r{.x = {}, .rows = 1, .length = 1, .order = {}, .kept = {}, .result = {}};
  std::vector<int>&order = r.order, last;
  for (int d = 0; d < x.dim(); ++d) {
    const bool gone = reduced[size_t(d)];
    (gone ? last : order).push_back(d);
    (gone ? r.length : r.rows) *= x.shape()[d];
    r.kept.push_back(gone ? 1 : x.shape()[d]);
    if (!gone || keepdim) r.result.push_back(gone ? 1 : x.shape()[d]);
  }
  order.insert(order.end(), last.begin(), last.end());
  NoGrad no_grad;
  r.x = permute(x, order).contiguous();
  return r;
}

int64_t row_grain(int64_t length) { return (1 << 14) / std::max<int64_t>(length, 1) + 1; }

// Sums in eight lanes, which the compiler keeps in one vector register, and in pieces: the order is fixed, and the
// error grows with the square root of the length rather than with the length.
template <class T, class F>
T sum_row(const T* x, int64_t n, F f) {
  constexpr int64_t kPiece = 4096;
  T total = 0;
  for (int64_t start = 0; start < n; start += kPiece) {
    const int64_t end = std::min(n, start + kPiece);
    T lanes[8] = {};
    int64_t i = start;
    for (; i + 8 <= end; i += 8)
      for (int64_t k = 0; k < 8; ++k) lanes[k] += f(x[i + k]);
    for (int64_t k = 0; i < end; ++i, ++k) lanes[k] += f(x[i]);
    total += ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
  }
  return total;
}

// One row may be the whole tensor: then it is cut into fixed pieces whose sums are added in order.
template <class T, class F>
T sum_long_row(const T* x, int64_t n, F f) {
  return parallel_reduce<T>(
      n, 1 << 16, T(0), [&](int64_t b, int64_t e) { return sum_row(x + b, e - b, f); },
      [](T a, T b) { return a + b; });
}

// The result whose element i is of(row i).
template <class F>
Tensor reduce(const Rows& r, F of) {
  Tensor out = Tensor::empty(r.kept, r.x.dtype());
  dispatch(r.x.dtype(), [&]<class T>(T) {
    const T* x = r.x.data<T>();
    T* y = out.mutable_data<T>();
    parallel_for(r.rows, row_grain(r.length), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = of(x + i * r.length, r.length);
    });
  });
  return out;
}

// Broadcasts a reduced tensor back over the operand it came from.
Tensor spread(const Tensor& reduced, const Shape& kept, const Shape& shape) {
  return broadcast_to(reshape(reduced, kept), shape);
}

// Sums over the leading dimensions of a dense (rows, columns) matrix, without moving it: the bias gradient's case.
Tensor sum_columns(const Tensor& x, int64_t rows, int64_t columns, const Shape& result) {
  Tensor out = Tensor::empty(result, x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>();
    const int64_t grain = std::max<int64_t>(64, (1 << 16) / columns), parts = (rows + grain - 1) / grain;
    const Block block(size_t(parts * columns) * sizeof(T));
    T* sums = block.as<T>();
    parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
      T* sum = sums + begin / grain * columns;
      std::fill_n(sum, columns, T(0));
      for (int64_t i = begin; i < end; ++i)
        for (int64_t j = 0; j < columns; ++j) sum[j] += from[i * columns + j];
    });
    T* to = out.mutable_data<T>();
    std::fill_n(to, columns, T(0));
    for (int64_t part = 0; part < parts; ++part)
      for (int64_t j = 0; j < columns; ++j) to[j] += sums[part * columns + j];
  });
  return out;
}

bool leading_only(const Tensor& x, const Axes& axes) {
  if (axes.all || axes.list.empty() || !x.is_contiguous() || x.numel() == 0) return false;
  std::vector<int> sorted;
  for (int axis : axes.list) sorted.push_back(normalize_dim("sum", axis, x.dim()));
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != int(i)) return false;
  return int(sorted.size()) < x.dim();
}

// max and min: `better(a, b)` where a wins over b.
template <class Better>
Tensor extreme(const char* op, const Tensor& x, const Axes& axes, bool keepdim, Better better) {
  const Rows r = rows_of(op, x, axes, keepdim);
  check(r.length > 0, "{}: nothing to reduce over in a tensor of shape {}", op, x.shape());
  const Tensor best = reduce(r, [better]<class T>(const T* row, int64_t n) {
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

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  if (leading_only(x, axes)) {
    Shape kept = x.shape(), result;
    int64_t columns = 1;
    for (int d = 0; d < x.dim(); ++d) {
      const bool gone = d < int(axes.list.size());
      if (gone) kept[d] = 1;
      if (!gone || keepdim) result.push_back(kept[d]);
      if (!gone) columns *= x.shape()[d];
    }
    return record("sum", sum_columns(x, x.numel() / columns, columns, result), {x},
                  [kept, shape = x.shape()](const Tensor& grad) { return spread(grad, kept, shape); });
  }
  const Rows r = rows_of("sum", x, axes, keepdim);
  const Tensor out =
      r.rows == 1
          ? dispatch(x.dtype(),
                     [&]<class T>(T) {
                       return Tensor::full(
                           r.kept, double(sum_long_row(r.x.data<T>(), r.length, [](T v) { return v; })), x.dtype());
                     })
          : reduce(r, []<class T>(const T* row, int64_t n) { return sum_row(row, n, [](T v) { return v; }); });
  return record("sum", reshape(out, r.result), {x},
                [kept = r.kept, shape = x.shape()](const Tensor& grad) { return spread(grad, kept, shape); });
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  for (int axis : axes.list) normalize_dim("mean", axis, x.dim());
  const Tensor total = sum(x, axes, keepdim);
  return total * (double(total.numel()) / double(x.numel()));
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, int correction) {
  for (int axis : axes.list) normalize_dim("var", axis, x.dim());
  const Tensor centred = x - mean(x, axes, true);
  const Tensor squares = sum(square(centred), axes, keepdim);
  const double count = double(x.numel()) / double(squares.numel()) - correction;
  check(count > 0, "var: {} elements with correction {} leave nothing to divide by", x.numel() / squares.numel(),
        correction);
  return squares / count;
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdim) {
  return extreme("max", x, axes, keepdim, [](auto a, auto b) { return a > b; });
}
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) {
  return extreme("min", x, axes, keepdim, [](auto a, auto b) { return a < b; });
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  const Rows r = rows_of("logsumexp", x, axes, keepdim);
  // log sum exp = top + log total. The derivative exp(x - top) / total keeps its digits however large top is; a row
  // of nothing but -inf has no slope: top 0 and total 1 make it 0, where its own -inf would leave NaN.
  Tensor out = Tensor::empty(r.kept, x.dtype()), top = Tensor::empty(r.kept, x.dtype()),
         total = Tensor::empty(r.kept, x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* from = r.x.data<T>();
    T *value = out.mutable_data<T>(), *shift = top.mutable_data<T>(), *sum = total.mutable_data<T>();
    parallel_for(r.rows, row_grain(r.length), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto [largest, terms] = kernels::exp_sum(from + i * r.length, r.length);
        shift[i] = largest == -std::numeric_limits<T>::infinity() ? T(0) : largest;
        sum[i] = terms;
        value[i] = largest + std::log(terms);
      }
    });
  });
  return record("logsumexp", reshape(out, r.result), {x}, [r, top, total](const Tensor& grad) {
    const Tensor slope = grad.contiguous();
    Tensor dx = Tensor::empty(r.x.shape(), r.x.dtype());
    dispatch(dx.dtype(), [&]<class T>(T) {
      const T *from = r.x.data<T>(), *shift = top.data<T>(), *sum = total.data<T>(), *g = slope.data<T>();
      T* to = dx.mutable_data<T>();
      parallel_for(r.rows, row_grain(r.length), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          kernels::scaled_exp(from + i * r.length, r.length, shift[i], g[i] / sum[i], to + i * r.length);
      });
    });
    std::vector<int> back(r.order.size());
    for (size_t i = 0; i < back.size(); ++i) back[size_t(r.order[i])] = int(i);
    return permute(dx, back);
  });
}

Tensor norm(const Tensor& x, const Axes& axes, bool keepdim) {
  const Rows r = rows_of("norm", x, axes, keepdim);
  const Tensor out = reduce(
      r, []<class T>(const T* row, int64_t n) { return std::sqrt(sum_row(row, n, [](T v) { return v * v; })); });
  return record("norm", reshape(out, r.result), {x}, [x = x.detach(), out, kept = r.kept](const Tensor& grad) {
    const Tensor safe = where(eq(out, Tensor::scalar(0, out.dtype())), Tensor::scalar(1, out.dtype()), out);
    return x / safe * reshape(grad, kept);  // at 0, x / 1 = 0
  });
}

std::vector<int> argmax(const Tensor& x, int dim) {
  const Rows r = rows_of("argmax", x, dim, false);
  check(r.length > 0, "argmax: nothing to choose from in a tensor of shape {}", x.shape());
  std::vector<int> best(static_cast<size_t>(r.rows));
  dispatch(x.dtype(), [&]<class T>(T) {
    const T* data = r.x.data<T>();
    for (int64_t i = 0; i < r.rows; ++i)
      best[size_t(i)] =
          int(std::max_element(data + i * r.length, data + (i + 1) * r.length) - (data + i * r.length));
  });
  return best;
}

}  // namespace nce
