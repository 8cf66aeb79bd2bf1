// Linear layers. Narrow layers with many rows are limited by memory. So each direction takes blocks of rows that stay
// in the caches, and does everything with a block at once: product, bias and ReLU forward; ReLU's mask and all three
// gradients backward.
#include <algorithm>
#include <vector>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/kernels/lists.h"
#include "nce/core/kernels/products.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/core/ops/narrow.h"
#include "nce/core/parallel.h"

namespace nce {
namespace {

constexpr int64_t kNarrow = 64, kMany = 1024;  // most features, least rows
constexpr int64_t kBlock = 128, kPiece = 512;  // rows in a block, rows in a piece of parallel work

// x (rows, in) -> y (rows, out), and back. T's vectors divide `out`.
struct Narrow {
  bool relu;
  int64_t rows, in, out;
  std::vector<int64_t> in_rows = detail::starts(kBlock, in), out_rows = detail::starts(kBlock, out),
                       taps = detail::starts(in, 1);

  template <class T>
  void forward(const T* x, const T* weight, const T* bias, T* y) const {
    const MemoryBlock weights = detail::packed(weight, in, 1, out, in);
    const kernels::Run run{0, in};
    parallel_for(rows, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row += kBlock) {
        const int64_t n = std::min(kBlock, end - row);
        kernels::products<T>().inner(x + row * in, in_rows.data(), n, &run, 1, weights.as<T>(), in, out, bias,
                                     y + row * out, out_rows.data(), false);
        if (relu) kernels::elementwise<T>().relu(y + row * out, n * out, y + row * out);
      }
    });
  }

  // Gradients that are not wanted are null; so is y without ReLU. Each piece sums dw and db; these are added in order.
  template <class T>
  void backward(const T* x, const T* weight, const T* y, const T* grad, T* dx, T* dw, T* db) const {
    const auto& products = kernels::products<T>();
    const MemoryBlock weights = detail::packed(weight, out, in, in, 1);
    const kernels::Run run{0, out};
    const int64_t pieces = (rows + kPiece - 1) / kPiece, size = (in + 1) * out;
    const MemoryBlock all(size_t(pieces * size) * sizeof(T));
    ScratchMemory scratch(pieces, size_t((kBlock + 1) * out) * sizeof(T));
    parallel_for(rows, kPiece, [&](int64_t begin, int64_t end) {
      const ScratchMemory::Part part(scratch);
      T *masked = part.template as<T>(), *sum = masked + kBlock * out;
      T *weight_sums = all.as<T>() + begin / kPiece * size, *bias_sums = weight_sums + in * out;
      std::fill_n(bias_sums, out, T(0));
      for (int64_t row = begin; row < end; row += kBlock) {
        const int64_t n = std::min(kBlock, end - row), list[] = {0, n};
        const T* g = grad + row * out;
        if (relu) kernels::elementwise<T>().relu_gradient(y + row * out, g, n * out, masked), g = masked;
        if (db) {
          kernels::lists<T>().sums({list, nullptr, nullptr, g, out}, 0, 1, sum);
          for (int64_t o = 0; o < out; ++o) bias_sums[o] += sum[o];
        }
        if (dw)
          products.outer(x + row * in, in_rows.data(), n, taps.data(), in,
                         kernels::Columns<T>{g, out, products.panel_width()}, out, row > begin, weight_sums);
        if (dx)
          products.inner(g, out_rows.data(), n, &run, 1, weights.as<T>(), out, in, nullptr, dx + row * in,
                         in_rows.data(), false);
      }
    });
    const auto total = [&](int64_t at) {
      T t = 0;
      for (int64_t piece = 0; piece < pieces; ++piece) t += all.as<T>()[piece * size + at];
      return t;
    };
    if (dw)
      for (int64_t o = 0; o < out; ++o)
        for (int64_t k = 0; k < in; ++k) dw[o * in + k] = total(k * out + o);
    if (db)
      for (int64_t o = 0; o < out; ++o) db[o] = total(in * out + o);
  }
};

template <class T>
T* new_data(Tensor& to, bool wanted, const Tensor& like) {
  if (!wanted) return nullptr;
  to = Tensor::empty(like.shape(), like.dtype());
  return to.mutable_data<T>();
}

Tensor narrow(const char* op, const Tensor& input, const Tensor& w, const Tensor& b, const Narrow& shape) {
  const Tensor x = input.contiguous(), weight = w.contiguous(), bias = b.defined() ? b.contiguous() : b;
  Tensor y = Tensor::empty({shape.rows, shape.out}, x.dtype());
  dispatch(x.dtype(), [&]<class T>(T) {
    shape.forward<T>(x.data<T>(), weight.data<T>(), bias.defined() ? bias.data<T>() : nullptr, y.mutable_data<T>());
  });
  return record_joint(op, y, {x, weight, bias},
                      [=, seen = shape.relu ? y : Tensor()](const Tensor& grad, const std::array<bool, 3>& needed) {
                        const Tensor g = grad.contiguous();
                        std::array<Tensor, 3> grads;
                        dispatch(x.dtype(), [&]<class T>(T) {
                          shape.backward<T>(
                              x.data<T>(), weight.data<T>(), seen.defined() ? seen.data<T>() : nullptr, g.data<T>(),
                              new_data<T>(grads[0], needed[0], x), new_data<T>(grads[1], needed[1], weight),
                              new_data<T>(grads[2], needed[2], bias));
                        });
                        return grads;
                      });
}

Tensor apply(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, bool with_relu) {
  check(weight.dim() == 2 && x.dim() >= 1 && x.size(-1) == weight.size(1),
        "{}: x {} does not fit weight {} (out, in)", op, x.shape(), weight.shape());
  check(!bias.defined() || bias.shape() == Shape{weight.size(0)}, "{}: bias must have shape ({},), got {}", op,
        weight.size(0), bias.defined() ? bias.shape() : Shape{});
  const int64_t in = weight.size(1), out = weight.size(0);
  Shape shape = x.shape(), leading = shape;
  shape[shape.size() - 1] = out;
  leading.erase(leading.size() - 1);
  const Tensor rows = reshape(x, {element_count(leading), in});
  const int64_t lanes = dispatch(x.dtype(), []<class T>(T) { return kernels::products<T>().vector_length; });
  const bool one_dtype = x.dtype() == weight.dtype() && (!bias.defined() || x.dtype() == bias.dtype());
  if (rows.size(0) >= kMany && in >= 1 && out >= 1 && std::max(in, out) <= kNarrow && out % lanes == 0 && one_dtype)
    return reshape(narrow(op, rows, weight, bias, {with_relu, rows.size(0), in, out}), shape);
  const Tensor product = reshape(matmul(rows, t(weight)), shape), y = bias.defined() ? product + bias : product;
  return with_relu ? relu(y) : y;
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return apply("linear", x, weight, bias, false);
}
Tensor linear_relu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return apply("linear_relu", x, weight, bias, true);
}

}  // namespace nce
