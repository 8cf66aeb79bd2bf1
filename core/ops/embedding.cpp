// Rows of a table by their numbers, and sums of them. The gradient by the table has the rows that occurred alone.
#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops/lists.h"

namespace nce {
namespace {

void check_weight(const char* op, const Tensor& weight, std::span<const int> index) {
  check(weight.dim() == 2, "{}: weight must be (rows, d), got {}", op, weight.shape());
  for (size_t i = 0; i < index.size(); ++i)
    check(index[i] >= 0 && index[i] < weight.size(0), "{}: index {} at position {} is outside 0 .. {}", op,
          index[i], i, weight.size(0) - 1);
}

// a^T grad, without its empty rows.
RowGradient rows_gradient(const SparseMatrix& a, const Tensor& values, const Tensor& grad) {
  const auto& t = a.transpose();
  RowGradient result;
  std::vector<int64_t> offsets{0};
  for (size_t row = 0; row + 1 < t.offsets.size(); ++row)
    if (t.offsets[row + 1] > t.offsets[row]) result.rows.push_back(int(row)), offsets.push_back(t.offsets[row + 1]);
  result.values = detail::sum_lists({offsets, t.rows.data(), detail::transposed_values(a, values)}, grad);
  return result;
}

// The sums of lists of rows of weight.
Tensor bags(const char* op, const SparseMatrix& a, const Tensor& values, const Tensor& weight) {
  const Tensor out = detail::sum_lists({a.offsets(), a.columns().data(), values}, weight);
  return record(
      op, out, {values, weight},
      [a, weight = weight.detach()](const Tensor& grad) { return detail::entry_dots(a, grad, weight); },
      [a, values](const Tensor& grad) { return rows_gradient(a, values, grad); });
}

}  // namespace

Tensor embedding(const Tensor& weight, std::span<const int> index) {
  check_weight("embedding", weight, index);
  return bags("embedding", SparseMatrix::selection(index, weight.size(0)), {}, weight);
}

Tensor embedding_bag(const Tensor& weight, const Ragged& bags, const EmbeddingBagOptions& options) {
  check_weight("embedding_bag", weight, bags.values);
  Tensor values = options.weights;
  const int64_t count = int64_t(bags.values.size());
  check(!values.defined() || options.mode == BagMode::sum, "embedding_bag: weights go with BagMode::sum alone");
  check(!values.defined() || (values.shape() == Shape{count} && values.dtype() == weight.dtype()),
        "embedding_bag: {} values need weights of shape ({},) ({}), got {} ({})", count, count,
        to_string(weight.dtype()), values.defined() ? values.shape() : Shape{},
        values.defined() ? to_string(values.dtype()) : "");
  const SparseMatrix a(bags, weight.size(0));
  if (options.mode == BagMode::mean) {
    std::vector<double> shares;
    for (int64_t i = 0; i < bags.size(); ++i)
      shares.insert(shares.end(), bags[i].size(), 1 / double(bags[i].size()));
    values = Tensor::from(shares, {count}).to(weight.dtype());
  }
  return nce::bags("embedding_bag", a, values, weight);
}

}  // namespace nce
