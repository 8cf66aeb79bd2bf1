// Products with sparse matrices.
#include "nce/core/sparse.h"

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops/lists.h"

namespace nce {
namespace {

// values: one for each entry, or undefined for ones.
Tensor product(const SparseMatrix& a, const Tensor& values, const Tensor& x, double diagonal) {
  check(x.dim() >= 1 && x.size(0) == a.cols(), "spmm: a ({}, {}) does not fit x {}", a.rows(), a.cols(), x.shape());
  const Tensor out = detail::sum_lists({a.offsets(), a.columns().data(), values, diagonal}, x);
  return record(
      "spmm", out, {values, x},
      [a, x = x.detach()](const Tensor& grad) {
        return detail::entry_dots({a.offsets(), a.columns().data()}, grad, x);
      },
      [a, values, diagonal](const Tensor& grad) {
        const auto& t = a.transpose();
        return detail::sum_lists({t.offsets, t.rows.data(), detail::transposed_values(a, values), diagonal}, grad);
      });
}

}  // namespace

Tensor spmm(const SparseMatrix& a, const Tensor& x, double diagonal) {
  check(diagonal == 0 || a.rows() == a.cols(), "spmm: a ({}, {}) is not square, so it has no diagonal", a.rows(),
        a.cols());
  return product(a, {}, x, diagonal);
}

Tensor spmm(const SparseMatrix& a, const Tensor& values, const Tensor& x) {
  check(values.shape() == Shape{a.nnz()}, "spmm: {} entries need values of shape ({},), got {}", a.nnz(), a.nnz(),
        values.shape());
  check(values.dtype() == x.dtype(), "spmm: dtypes differ: {} and {}", to_string(values.dtype()),
        to_string(x.dtype()));
  return product(a, values, x, 0);
}

}  // namespace nce
