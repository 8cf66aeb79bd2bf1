#include <algorithm>
#include <limits>

#include "nce/core/error.h"
#include "nce/core/kernels/strided.h"
#include "nce/core/ops.h"
#include "nce/core/ops/around.h"
#include "nce/core/ops/compute.h"
#include "nce/core/ops/lists.h"
#include "nce/core/ops/mask.h"
#include "nce/core/parallel.h"

namespace nce {

using detail::Around;
using detail::around;

namespace {

void check_index(const char* op, std::span<const int> index, int64_t size) {
  for (size_t i = 0; i < index.size(); ++i)
    check(index[i] >= 0 && index[i] < size, "{}: index {} at position {} is outside 0 .. {}", op, index[i], i,
          size - 1);
}

}  // namespace

Tensor index_select(const Tensor& x, int dim, std::span<const int> index) {
  const Around a = around("index_select", x.shape(), dim);
  check_index("index_select", index, a.size);
  const int64_t count = int64_t(index.size());
  Shape shape = x.shape();
  shape[a.dim] = count;
  const std::vector<int> rows(index.begin(), index.end());
  const auto row_of = [&](int64_t i) { return (i / count * a.size + rows[size_t(i % count)]) * a.inner; };
  const Tensor out = detail::compute(Tensor::empty(shape, x.dtype()), {x}, [&](auto* to, auto* from) {
    parallel_for(a.outer * count, (1 << 14) / std::max<int64_t>(a.inner, 1) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) std::copy_n(from + row_of(i), a.inner, to + i * a.inner);
    });
  });
  return record("index_select", out, {x}, [shape = x.shape(), a, rows, count](const Tensor& grad) {
    // Each row of x sums the gradients of its copies, in order.
    const SparseMatrix chosen = SparseMatrix::selection(rows, a.size);
    const auto& t = chosen.transpose();
    return detail::compute(Tensor::empty(shape, grad.dtype()), {grad}, [&]<class T>(T* to, const T* g) {
      parallel_for(
          a.outer, (1 << 14) / std::max<int64_t>(a.size * a.inner, 1) + 1, [&](int64_t begin, int64_t end) {
            for (int64_t o = begin; o < end; ++o)
              detail::sum_lists<T>({t.offsets.data(), t.rows.data(), nullptr, g + o * count * a.inner, a.inner},
                                   a.size, to + o * a.size * a.inner);
          });
    });
  });
}

Tensor flip(const Tensor& x, const std::vector<int>& dims) {
  Tensor out = x;
  for (int dim : dims) {
    const int64_t size = x.size(normalize_dim("flip", dim, x.dim()));
    check(size <= std::numeric_limits<int>::max(), "flip: dimension {} of {} is too long for int", dim, x.shape());
    std::vector<int> backwards;
    for (int64_t i = size; i-- > 0;) backwards.push_back(int(i));
    out = index_select(out, dim, backwards);
  }
  return out;
}

Tensor concatenate(const std::vector<Tensor>& xs, int dim) {
  check(!xs.empty(), "concatenate: nothing to join");
  const Around first = around("concatenate", xs[0].shape(), dim);
  Shape shape = xs[0].shape();
  shape[first.dim] = 0;
  std::vector<int64_t> starts;
  for (const Tensor& x : xs) {
    Shape like = x.shape();
    check(like.size() == shape.size(), "concatenate: {} and {} differ in their number of dimensions", xs[0].shape(),
          like);
    check(x.dtype() == xs[0].dtype(), "concatenate: dtypes differ: {} and {}", to_string(xs[0].dtype()),
          to_string(x.dtype()));
    for (int d = 0; d < like.size(); ++d)
      check(d == first.dim || like[d] == shape[d], "concatenate: {} and {} differ in dimension {}", xs[0].shape(),
            like, d);
    starts.push_back(shape[first.dim]);
    shape[first.dim] += like[first.dim];
    element_count(shape);  // or an error
  }
  const int64_t total = shape[first.dim];
  Tensor out = Tensor::empty(shape, xs[0].dtype());
  dispatch(out.dtype(), [&]<class T>(T) {
    T* to = out.mutable_data<T>();
    for (size_t k = 0; k < xs.size(); ++k) {
      const Tensor x = xs[k].detach().contiguous();
      const int64_t run = x.shape()[first.dim] * first.inner;
      const T* from = x.data<T>();
      parallel_for(first.outer, (1 << 14) / std::max<int64_t>(run, 1) + 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          std::copy_n(from + i * run, run, to + (i * total + starts[k]) * first.inner);
      });
    }
  });
  std::vector<int64_t> sizes;
  for (const Tensor& x : xs) sizes.push_back(x.shape()[first.dim]);
  return record_list("concatenate", out, xs, [dim = first.dim, starts, sizes](size_t i, const Tensor& grad) {
    return slice(grad, dim, starts[i], starts[i] + sizes[i]);
  });
}

Tensor stack(const std::vector<Tensor>& xs, int dim) {
  check(!xs.empty(), "stack: nothing to join");
  const int d = normalize_dim("stack", dim, xs[0].dim() + 1);
  std::vector<Tensor> rows;
  for (const Tensor& x : xs) {
    check(x.shape() == xs[0].shape(), "stack: shapes differ: {} and {}", xs[0].shape(), x.shape());
    rows.push_back(unsqueeze(x, d));
  }
  return concatenate(rows, d);
}

Tensor gather(const Tensor& x, int dim, std::span<const int> index, const Shape& index_shape) {
  const Around a = around("gather", x.shape(), dim);
  check(int64_t(index.size()) == element_count(index_shape), "gather: {} indices do not fill shape {}",
        index.size(), index_shape);
  check(index_shape.size() == x.dim(), "gather: index shape {} and x {} differ in their number of dimensions",
        index_shape, x.shape());
  for (int d = 0; d < x.dim(); ++d)
    check(d == a.dim || index_shape[d] <= x.shape()[d], "gather: index shape {} exceeds x {} in dimension {}",
          index_shape, x.shape(), d);
  check_index("gather", index, a.size);

  const Strides strides = contiguous_strides(x.shape());
  std::vector<int64_t> source(index.size());  // element i of the result is element source[i] of x
  Shape at = Shape::filled(x.dim(), 0);
  for (size_t i = 0; i < source.size(); ++i) {
    int64_t offset = 0;
    for (int d = 0; d < x.dim(); ++d) offset += strides[d] * (d == a.dim ? index[i] : at[d]);
    source[i] = offset;
    for (int d = x.dim() - 1; d >= 0 && ++at[d] == index_shape[d]; --d) at[d] = 0;
  }
  const Tensor out = detail::compute(Tensor::empty(index_shape, x.dtype()), {x}, [&](auto* to, auto* from) {
    for (size_t i = 0; i < source.size(); ++i) to[i] = from[source[i]];
  });
  return record("gather", out, {x}, [shape = x.shape(), source](const Tensor& grad) {
    return detail::compute(Tensor::zeros(shape, grad.dtype()), {grad}, [&](auto* to, auto* g) {
      for (size_t i = 0; i < source.size(); ++i) to[source[i]] += g[i];
    });
  });
}

Tensor where(const Tensor& mask, const Tensor& x, const Tensor& y) {
  check(mask.dtype() == x.dtype() && x.dtype() == y.dtype(), "where: dtypes differ: {}, {} and {}",
        to_string(mask.dtype()), to_string(x.dtype()), to_string(y.dtype()));
  const Shape shape = broadcast_shapes("where", mask.shape(), broadcast_shapes("where", x.shape(), y.shape()));
  const Tensor m = broadcast_to(detail::mask_of(mask), shape), a = broadcast_to(x, shape),
               b = broadcast_to(y, shape);
  // Not a product with the mask, because elements that are not chosen may be infinite.
  const auto pick = [](const Tensor& m, const Tensor& a, const Tensor& b) {
    Tensor out = Tensor::empty(a.shape(), a.dtype());
    dispatch(a.dtype(), [&]<class T>(T) {
      const T *mask = m.data<T>(), *yes = a.data<T>(), *no = b.data<T>();
      T* to = out.mutable_data<T>();
      kernels::for_each_row<3>(a.shape(), {m.strides(), a.strides(), b.strides()}, 1 << 14,
                               [&](auto at, int64_t begin, int64_t n, auto step) {
                                 const T *k = mask + at[0], *p = yes + at[1], *q = no + at[2];
                                 T* row = to + begin;
                                 if (step[0] == 1 && step[1] == 0 && step[2] == 1) {  // masked_fill
                                   const T value = *p;
                                   for (int64_t i = 0; i < n; ++i) row[i] = k[i] != 0 ? value : q[i];
                                 } else {
                                   for (int64_t i = 0; i < n; ++i)
                                     row[i] = k[i * step[0]] != 0 ? p[i * step[1]] : q[i * step[2]];
                                 }
                               });
    });
    return out;
  };
  const auto none = [shape](const Tensor& grad) { return broadcast_to(Tensor::scalar(0, grad.dtype()), shape); };
  return record(
      "where", pick(m, a, b), {m, a, b}, no_gradient, [=](const Tensor& grad) { return pick(m, grad, none(grad)); },
      [=](const Tensor& grad) { return pick(m, none(grad), grad); });
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  return where(mask, Tensor::scalar(value, x.dtype()), x);
}

namespace {

// In each matrix, row i keeps its elements first(i) .. last(i) - 1.
template <class First, class Last>
Tensor triangle(const char* op, const Tensor& x, First first, Last last) {
  check(x.dim() >= 2, "{}: needs a matrix, got shape {}", op, x.shape());
  const int64_t rows = x.size(-2), columns = x.size(-1);
  const auto kept = [=](const Tensor& x) {
    return detail::compute(Tensor::zeros(x.shape(), x.dtype()), {x}, [&](auto* to, auto* from) {
      for (int64_t i = 0; i < x.numel() / std::max<int64_t>(columns, 1); ++i) {
        const int64_t begin = std::clamp<int64_t>(first(i % rows), 0, columns);
        const int64_t end = std::clamp<int64_t>(last(i % rows), begin, columns);
        std::copy(from + i * columns + begin, from + i * columns + end, to + i * columns + begin);
      }
    });
  };
  return record(op, kept(x), {x}, kept);
}

}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal) {
  return triangle(
      "tril", x, [](int64_t) { return 0; }, [diagonal](int64_t i) { return i + diagonal + 1; });
}
Tensor triu(const Tensor& x, int64_t diagonal) {
  return triangle(
      "triu", x, [diagonal](int64_t i) { return i + diagonal; }, [](int64_t) { return INT64_MAX; });
}

Tensor one_hot(std::span<const int> labels, int64_t classes, DType dtype) {
  check_index("one_hot", labels, classes);
  Tensor out = Tensor::zeros({int64_t(labels.size()), classes}, dtype);
  dispatch(dtype, [&]<class T>(T) {
    T* to = out.mutable_data<T>();
    for (size_t i = 0; i < labels.size(); ++i) to[int64_t(i) * classes + labels[i]] = T(1);
  });
  return out;
}

}  // namespace nce
