#include "nce/core/row_gradient.h"

#include <algorithm>
#include <iterator>

#include "nce/core/parallel.h"

namespace nce {
namespace {

int64_t width_of(const Tensor& values) { return values.numel() / std::max<int64_t>(values.size(0), 1); }
int64_t grain_of(int64_t width) { return (1 << 14) / std::max<int64_t>(width, 1) + 1; }

}  // namespace

void add_rows(Tensor& sum, const RowGradient& gradient) {
  const Tensor values = gradient.values.contiguous();
  const int64_t width = width_of(values);
  dispatch(sum.dtype(), [&]<class T>(T) {
    T* to = sum.mutable_data<T>();
    const T* from = values.data<T>();
    parallel_for(int64_t(gradient.rows.size()), grain_of(width), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        T* row = to + gradient.rows[size_t(i)] * width;
        for (int64_t j = 0; j < width; ++j) row[j] += from[i * width + j];
      }
    });
  });
}

Tensor to_dense(const RowGradient& gradient, const Shape& shape) {
  Tensor dense = Tensor::zeros(shape, gradient.values.dtype());
  add_rows(dense, gradient);
  return dense;
}

RowGradient add(const RowGradient& a, const RowGradient& b) {
  RowGradient sum;
  std::set_union(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(), std::back_inserter(sum.rows));
  // The values of a, then those of b, each at its place among all rows.
  const auto places = [&](RowGradient part) {
    for (size_t i = 0, at = 0; i < part.rows.size(); ++i, ++at) {
      while (sum.rows[at] != part.rows[i]) ++at;
      part.rows[i] = int(at);
    }
    return part;
  };
  Shape shape = a.values.shape();
  shape[0] = int64_t(sum.rows.size());
  sum.values = to_dense(places(a), shape);
  add_rows(sum.values, places(b));
  return sum;
}

}  // namespace nce
