#include <limits>
#include <utility>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce {
namespace {

// The value of log_softmax. The maximum is taken off first: what is left is small where it counts, and so keeps its
// digits however large x is.
Tensor log_shares(const char* op, const Tensor& x, int dim) {
  normalize_dim(op, dim, x.dim());
  NoGrad no_grad;
  const Tensor shifted = x - max(x, dim, true);
  return shifted - logsumexp(shifted, dim, true);
}

}  // namespace

Tensor softmax(const Tensor& x, int dim) {
  const Tensor out = [&] {
    NoGrad no_grad;
    return exp(log_shares("softmax", x, dim));
  }();
  return record("softmax", out, {x},
                [out, dim](const Tensor& grad) { return out * (grad - sum(grad * out, dim, true)); });
}

Tensor log_softmax(const Tensor& x, int dim) {
  const Tensor out = log_shares("log_softmax", x, dim);
  return record("log_softmax", out, {x},
                [out, dim](const Tensor& grad) { return grad - exp(out) * sum(grad, dim, true); });
}

Tensor normalize(const Tensor& x, int dim, double eps) {
  normalize_dim("normalize", dim, x.dim());
  // With y = x / |x|, the derivative removes the part along y: (g - y (g . y)) / |x|. Below eps, y = x / eps.
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
