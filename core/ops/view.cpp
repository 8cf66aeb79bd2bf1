#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/strided.h"
#include "nce/core/ops.h"

namespace nce {
namespace {

// The derivative of a view of a part of x: zeros in the shape of x, and the gradient written into the same part.
Tensor scatter_view(const Tensor& grad, const Shape& shape, const Shape& view_shape, const Strides& view_strides,
                    int64_t offset) {
  Tensor out = Tensor::zeros(shape, grad.dtype());
  if (grad.numel() == 0) return out;
  dispatch(grad.dtype(), [&]<class T>(T) {
    const T* g = grad.data<T>();
    T* data = out.mutable_data<T>() + offset;
    kernels::for_each_row<2>(view_shape, {grad.strides(), view_strides}, 1 << 14,
                             [&](auto at, int64_t, int64_t n, auto step) {
                               const T* from = g + at[0];
                               T* to = data + at[1];
                               if (step[0] == 1 && step[1] == 1)
                                 std::copy_n(from, n, to);
                               else
                                 for (int64_t i = 0; i < n; ++i) to[i * step[1]] = from[i * step[0]];
                             });
  });
  return out;
}

int64_t offset_of(const Tensor& x) { return x.impl()->offset; }

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  Shape target = shape;
  int open = -1;
  for (int d = 0; d < target.size(); ++d) {
    if (target[d] >= 0) continue;
    check(open < 0 && target[d] == -1, "reshape: only one size may be -1, got {}", shape);
    open = d;
  }
  if (open >= 0) {
    target[open] = 1;
    const int64_t others = element_count(target);
    check(others > 0, "reshape: beside a size of 0, -1 could be any size: {} to {}", x.shape(), shape);
    target[open] = x.numel() / others;
  }
  check(element_count(target) == x.numel(), "reshape: {} has {} elements, {} does not", x.shape(), x.numel(),
        shape);
  const Tensor dense = x.contiguous();
  Tensor out = make_view(dense, target, contiguous_strides(target), offset_of(dense));
  return record("reshape", out, {dense}, [from = x.shape()](const Tensor& grad) { return reshape(grad, from); });
}

Tensor permute(const Tensor& x, const std::vector<int>& order) {
  check(int(order.size()) == x.dim(), "permute: {} dimensions named for a tensor of shape {}", order.size(),
        x.shape());
  Shape shape;
  Strides strides;
  std::vector<int> inverse(order.size(), -1);
  for (size_t i = 0; i < order.size(); ++i) {
    const int d = normalize_dim("permute", order[i], x.dim());
    check(inverse[size_t(d)] < 0, "permute: dimension {} is named twice", d);
    inverse[size_t(d)] = int(i);
    shape.push_back(x.shape()[d]);
    strides.push_back(x.strides()[d]);
  }
  return record("permute", make_view(x, shape, strides, offset_of(x)), {x},
                [inverse](const Tensor& grad) { return permute(grad, inverse); });
}

Tensor transpose(const Tensor& x, int dim0, int dim1) {
  std::vector<int> order;
  for (int d = 0; d < x.dim(); ++d) order.push_back(d);
  std::swap(order[size_t(normalize_dim("transpose", dim0, x.dim()))],
            order[size_t(normalize_dim("transpose", dim1, x.dim()))]);
  return permute(x, order);
}

Tensor t(const Tensor& x) {
  check(x.dim() >= 2, "t: needs a matrix, got shape {}", x.shape());
  return transpose(x, -1, -2);
}

Tensor slice(const Tensor& x, int dim, int64_t begin, int64_t end, int64_t step) {
  const int d = normalize_dim("slice", dim, x.dim());
  const int64_t size = x.shape()[d];
  check(step >= 1, "slice: step must be at least 1, got {}", step);
  if (begin < 0) begin += size;
  if (end < 0) end += size;
  check(begin >= 0 && begin <= end && end <= size, "slice: {} .. {} is outside dimension {} of {}", begin, end, d,
        x.shape());
  Shape shape = x.shape();
  Strides strides = x.strides();
  step = std::min(step, std::max<int64_t>(size, 1));  // a longer step also takes the first element alone
  shape[d] = (end - begin + step - 1) / step;
  strides[d] *= step;
  Tensor out = make_view(x, shape, strides, offset_of(x) + begin * x.strides()[d]);
  return record("slice", out, {x}, [from = x.shape(), shape, d, begin, step](const Tensor& grad) {
    Strides into = contiguous_strides(from);
    const int64_t offset = begin * into[d];
    into[d] *= step;
    return scatter_view(grad, from, shape, into, offset);
  });
}

// The graph has one more tensor between the parts and x, the token. Each part stores its gradient in `grads`, and sends
// the token a number without meaning. The derivative of the token then joins the stored gradients to the gradient of x.
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int dim) {
  const int d = normalize_dim("chunk", dim, x.dim());
  check(chunks >= 1 && x.shape()[d] % chunks == 0, "chunk: dimension {} of {} is not {} equal parts", d, x.shape(),
        chunks);
  Shape shape = x.shape();
  shape[d] /= chunks;
  auto grads = std::make_shared<std::vector<Tensor>>(size_t(chunks));
  const Tensor nothing = Tensor::zeros({}, x.dtype());
  const Tensor token = record("chunk", nothing, {x}, [grads, shape, d, dtype = x.dtype()](const Tensor&) {
    for (Tensor& grad : *grads)
      if (!grad.defined()) grad = Tensor::zeros(shape, dtype);  // a part that nobody used
    return concatenate(std::exchange(*grads, std::vector<Tensor>(grads->size())), d);
  });
  std::vector<Tensor> parts;
  for (size_t i = 0; i < size_t(chunks); ++i) {
    const Tensor view = make_view(x, shape, x.strides(), offset_of(x) + int64_t(i) * shape[d] * x.strides()[d]);
    parts.push_back(record("chunk", view, {token}, [grads, nothing, i](const Tensor& grad) {
      (*grads)[i] = grad;
      return nothing;
    }));
  }
  return parts;
}

std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& sizes, int dim) {
  const int d = normalize_dim("split", dim, x.dim());
  check(std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size >= 0; }) &&
            std::accumulate(sizes.begin(), sizes.end(), int64_t{0}) == x.shape()[d],
        "split: the sizes {} do not make up dimension {} of {}", fmt::join(sizes, " + "), d, x.shape());
  std::vector<Tensor> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) parts.push_back(slice(x, d, begin, begin + size)), begin += size;
  return parts;
}

std::vector<Tensor> split(const Tensor& x, int64_t size, int dim) {
  check(size >= 1, "split: the size of a part must be at least 1, got {}", size);
  const int64_t length = x.size(normalize_dim("split", dim, x.dim()));
  std::vector<int64_t> sizes(size_t(length / size), size);
  if (length % size || length == 0) sizes.push_back(length % size);
  return split(x, sizes, dim);
}

std::pair<Tensor, Tensor> halves(const Tensor& x) {
  std::vector<Tensor> parts = chunk(x, 2);
  return {std::move(parts[0]), std::move(parts[1])};
}

Tensor select(const Tensor& x, int dim, int64_t index) {
  const int d = normalize_dim("select", dim, x.dim());
  const int64_t from = index < 0 ? index + x.shape()[d] : index;
  check(from >= 0 && from < x.shape()[d], "select: index {} is outside dimension {} of {}", index, d, x.shape());
  return squeeze(slice(x, d, from, from + 1), d);
}

Tensor squeeze(const Tensor& x, int dim) {
  const int d = normalize_dim("squeeze", dim, x.dim());
  check(x.shape()[d] == 1, "squeeze: dimension {} of {} is not 1", d, x.shape());
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape.erase(d), strides.erase(d);
  return record("squeeze", make_view(x, shape, strides, offset_of(x)), {x},
                [d](const Tensor& grad) { return unsqueeze(grad, d); });
}

Tensor unsqueeze(const Tensor& x, int dim) {
  const int d = normalize_dim("unsqueeze", dim, x.dim() + 1);
  Shape shape = x.shape();
  Strides strides = x.strides();
  shape.insert(d, 1), strides.insert(d, 0);
  return record("unsqueeze", make_view(x, shape, strides, offset_of(x)), {x},
                [d](const Tensor& grad) { return squeeze(grad, d); });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  check(broadcast_shapes("broadcast_to", x.shape(), shape) == shape, "broadcast_to: {} cannot become {}", x.shape(),
        shape);
  Strides strides = Shape::filled(shape.size(), 0);
  const int offset = shape.size() - x.dim();
  for (int d = 0; d < x.dim(); ++d)
    if (x.shape()[d] != 1) strides[d + offset] = x.strides()[d];
  return record("broadcast_to", make_view(x, shape, strides, offset_of(x)), {x},
                [from = x.shape()](const Tensor& grad) { return sum_to(grad, from); });
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  check(broadcast_shapes("sum_to", x.shape(), shape) == x.shape(), "sum_to: {} does not broadcast to {}", shape,
        x.shape());
  std::vector<int> axes;
  const int offset = x.dim() - shape.size();
  for (int d = 0; d < x.dim(); ++d)
    if (d < offset || (shape[d - offset] == 1 && x.shape()[d] != 1)) axes.push_back(d);
  return reshape(sum(x, axes, true), shape);
}

Tensor diagonal(const Tensor& x, int dim1, int dim2) {
  const int a = normalize_dim("diagonal", dim1, x.dim()), b = normalize_dim("diagonal", dim2, x.dim());
  check(a != b, "diagonal: the two dimensions are the same, {}", a);
  const int64_t length = std::min(x.shape()[a], x.shape()[b]);
  const auto view_of = [=](Shape shape, Strides strides) {
    const int64_t step = strides[a] + strides[b];
    for (int d : {std::max(a, b), std::min(a, b)}) shape.erase(d), strides.erase(d);
    shape.push_back(length), strides.push_back(step);
    return std::pair(shape, strides);
  };
  const auto [shape, strides] = view_of(x.shape(), x.strides());
  return record("diagonal", make_view(x, shape, strides, offset_of(x)), {x},
                [from = x.shape(), view_of](const Tensor& grad) {
                  const auto [to, into] = view_of(from, contiguous_strides(from));
                  return scatter_view(grad, from, to, into, 0);
                });
}

}  // namespace nce
