// Operations on each row by itself: logsumexp, softmax, normalize, cross_entropy.
#include <cmath>
#include <limits>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/kernels/elementwise.h"
#include "nce/core/ops/mask.h"
#include "nce/core/ops/reduction.h"

namespace nce {
namespace {

// The value of log_softmax. The maximum is subtracted first, so that large x keep their digits.
Tensor log_shares(const char* op, const Tensor& x, int dim) {
  normalize_dim(op, dim, x.dim());
  NoGrad no_grad;
  if (x.numel() == 0) return x.clone();
  const Tensor shifted = x - max(x, dim, true);
  return shifted - logsumexp(shifted, dim, true);
}

}  // namespace

// log sum exp = top + log total. The derivative exp(x - top) / total keeps its digits for large top. A row in which all
// elements are -inf has derivative 0. For it top is 0 and total 1, because -inf - -inf would be NaN.
Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  const detail::Rows r = detail::rows_of("logsumexp", x, axes, keepdim);
  Tensor top = Tensor::empty(r.kept, x.dtype()), total = Tensor::empty(r.kept, x.dtype());
  const Tensor out =
      detail::compute(Tensor::empty(r.kept, x.dtype()), {r.x}, [&]<class T>(T* value, const T* from) {
        T *shift = top.mutable_data<T>(), *sum = total.mutable_data<T>();
        parallel_for(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            const auto [largest, terms] = kernels::elementwise<T>().exp_sum(from + i * r.length, r.length);
            shift[i] = largest == -std::numeric_limits<T>::infinity() ? T(0) : largest;
            sum[i] = terms;
            value[i] = largest + std::log(terms);
          }
        });
      });
  return record("logsumexp", reshape(out, r.result), {x}, [r, top, total](const Tensor& grad) {
    const auto write = [&]<class T>(T* dx, const T* x, const T* shift, const T* sum, const T* g) {
      parallel_for(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          kernels::elementwise<T>().scaled_exp(x + i * r.length, r.length, shift[i], g[i] / sum[i],
                                               dx + i * r.length);
      });
    };
    return r.unordered(detail::compute(Tensor::empty(r.x.shape(), r.x.dtype()), {r.x, top, total, grad}, write));
  });
}

Tensor softmax(const Tensor& x, int dim) {
  const Tensor out = [&] {
    NoGrad no_grad;
    return exp(log_shares("softmax", x, dim));
  }();
  return record("softmax", out, {x},
                [out, dim](const Tensor& grad) { return out * (grad - sum(grad * out, dim, true)); });
}

Tensor masked_softmax(const Tensor& x, const Tensor& mask, int dim) {
  check(mask.dtype() == x.dtype(), "masked_softmax: dtypes differ: x is {}, mask {}", to_string(x.dtype()),
        to_string(mask.dtype()));
  check(broadcast_shapes("masked_softmax", mask.shape(), x.shape()) == x.shape(),
        "masked_softmax: mask {} does not broadcast to x {}", mask.shape(), x.shape());
  const Tensor out = [&] {
    NoGrad no_grad;
    const Tensor open = broadcast_to(mask, x.shape());
    const Tensor shares =
        exp(log_shares("masked_softmax", where(open, x, -std::numeric_limits<double>::infinity()), dim));
    return where(open, shares, 0);  // in a row without open elements, the shares are NaN
  }();
  return record(
      "masked_softmax", out, {x, detail::mask_of(mask)},
      [out, dim](const Tensor& grad) { return out * (grad - sum(grad * out, dim, true)); }, no_gradient);
}

Tensor log_softmax(const Tensor& x, int dim) {
  const Tensor out = log_shares("log_softmax", x, dim);
  return record("log_softmax", out, {x},
                [out, dim](const Tensor& grad) { return grad - exp(out) * sum(grad, dim, true); });
}

Tensor normalize(const Tensor& x, int dim, double eps) {
  normalize_dim("normalize", dim, x.dim());
  // y = x / |x|, so dx = (g - y (g . y)) / |x|: the part of g along y is removed. For |x| below eps, y = x / eps and
  // dx = g / eps.
  const auto [length, out] = [&] {
    NoGrad no_grad;
    const Tensor length = clamp(norm(x, dim, true), eps, std::numeric_limits<double>::infinity());
    return std::pair(length, x / length);
  }();
  return record("normalize", out, {x}, [length = length, out = out, dim, eps](const Tensor& grad) {
    const Tensor along = sum(grad * out, dim, true) * gt(length, Tensor::scalar(eps, length.dtype()));
    return (grad - out * along) / length;
  });
}

Tensor cross_entropy(const Tensor& logits, std::span<const int> labels, const CrossEntropyOptions& options) {
  check(logits.dim() == 2, "cross_entropy: logits of shape (N, C) are needed, got {}", logits.shape());
  check(int64_t(labels.size()) == logits.size(0), "cross_entropy: {} labels for logits {}", labels.size(),
        logits.shape());
  check(options.label_smoothing >= 0 && options.label_smoothing <= 1,
        "cross_entropy: label_smoothing must be within 0 .. 1, got {}", options.label_smoothing);
  for (size_t i = 0; i < labels.size(); ++i)
    check(labels[i] >= 0 && labels[i] < logits.size(1), "cross_entropy: label {} at row {} is outside 0 .. {}",
          labels[i], i, logits.size(1) - 1);
  const Tensor log_p = log_softmax(logits);
  const Tensor chosen = mean(gather(log_p, 1, labels, {logits.size(0), 1}));
  const double smoothing = options.label_smoothing;
  return smoothing == 0 ? -chosen : -(chosen * (1 - smoothing) + mean(log_p) * smoothing);
}

}  // namespace nce
