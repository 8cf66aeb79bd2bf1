#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/blas.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

// How BLAS sees the last two dimensions: as dense rows, or as dense columns with its flag "transposed".
struct Matrix {
  Tensor x;
  bool transposed;
  int64_t leading;
};

Matrix as_matrix(const Tensor& x) {
  const auto leading_of = [](int64_t rows, int64_t columns, int64_t row_step, int64_t column_step) -> int64_t {
    if (column_step != 1 && columns > 1) return 0;
    if (rows <= 1) return std::max<int64_t>(columns, 1);
    return row_step >= std::max<int64_t>(columns, 1) ? row_step : 0;
  };
  const int64_t rows = x.size(-2), columns = x.size(-1);
  const int64_t row_step = x.strides()[x.dim() - 2], column_step = x.strides()[x.dim() - 1];
  if (const int64_t leading = leading_of(rows, columns, row_step, column_step)) return {x, false, leading};
  if (const int64_t leading = leading_of(columns, rows, column_step, row_step)) return {x, true, leading};
  return {x.contiguous(), false, std::max<int64_t>(columns, 1)};
}

// left (..., m, k), right (..., k, n) with the same leading dimensions. Not recorded.
Tensor multiply(const Tensor& left, const Tensor& right) {
  const int64_t m = left.size(-2), k = left.size(-1), n = right.size(-1);
  Shape shape = left.shape();
  shape[shape.size() - 1] = n;
  if (k == 0) return Tensor::zeros(shape, left.dtype());  // sums over nothing
  Tensor out = Tensor::empty(shape, left.dtype());        // first, as it may be too large: an error before any copy
  if (out.numel() == 0) return out;
  const Matrix a = as_matrix(left.detach()), b = as_matrix(right.detach());
  int64_t batch = 1;
  for (int d = 0; d + 2 < shape.size(); ++d) batch *= shape[d];
  const auto offset = [&](const Tensor& x, int64_t index) {  // where matrix `index` of the batch starts
    int64_t at = 0;
    for (int d = shape.size() - 3; d >= 0; --d) {
      at += index % shape[d] * x.strides()[d];
      index /= shape[d];
    }
    return at;
  };
  dispatch(left.dtype(), [&]<class T>(T) {
    T* to = out.mutable_data<T>();
    const auto one = [&](int64_t i) {
      gemm<T>(a.transposed, b.transposed, m, n, k, T(1), a.x.data<T>() + offset(a.x, i), a.leading,
              b.x.data<T>() + offset(b.x, i), b.leading, T(0), to + i * m * n, n);
    };
    if (batch == 1) return one(0);
    parallel_for(batch, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) one(i);
    });
  });
  return out;
}

}  // namespace

Tensor matmul(const Tensor& x, const Tensor& y) {
  check(x.dim() >= 2 && y.dim() >= 2, "matmul: needs matrices or batches of them, got {} x {}", x.shape(),
        y.shape());
  check(x.size(-1) == y.size(-2), "matmul: inner dimensions differ: {} x {}", x.shape(), y.shape());
  check(x.dtype() == y.dtype(), "matmul: dtypes differ: {} and {}", to_string(x.dtype()), to_string(y.dtype()));
  const auto batch_of = [](const Tensor& z) {
    return Shape(std::span<const int64_t>(z.shape().begin(), size_t(z.dim() - 2)));
  };
  const Shape batch = broadcast_shapes("matmul", batch_of(x), batch_of(y));
  const auto spread = [&](const Tensor& z) {
    Shape shape = batch;
    shape.push_back(z.size(-2)), shape.push_back(z.size(-1));
    return broadcast_to(z, shape);
  };
  const Tensor a = spread(x), b = spread(y);
  return record(
      "matmul", multiply(a, b), {a, b}, [b](const Tensor& grad) { return matmul(grad, t(b)); },
      [a](const Tensor& grad) { return matmul(t(a), grad); });
}

}  // namespace nce
