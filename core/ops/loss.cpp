// Losses that are computed element by element.
#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce {
namespace {

// Equal shapes: a target (N, 1) and an input (N) would silently broadcast to (N, N).
void check_pair(const char* op, const Tensor& input, const Tensor& target) {
  check(input.shape() == target.shape(), "{}: input {} and target {} differ in shape", op, input.shape(),
        target.shape());
  check(input.dtype() == target.dtype(), "{}: dtypes differ: {} and {}", op, to_string(input.dtype()),
        to_string(target.dtype()));
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::sum ? sum(losses) : mean(losses);
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("mse_loss", input, target);
  return reduced(square(input - target), reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("l1_loss", input, target);
  return reduced(abs(input - target), reduction);
}

// -log sigmoid(x) = softplus(-x). This never subtracts large numbers.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_pair("binary_cross_entropy_with_logits", input, target);
  return reduced(target * softplus(-input) + (1 - target) * softplus(input), reduction);
}

}  // namespace nce
