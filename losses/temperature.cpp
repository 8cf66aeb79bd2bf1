#include "nce/losses/temperature.h"

#include <algorithm>
#include <cmath>

#include "nce/core/error.h"
#include "nce/core/ops.h"

namespace nce::losses {
namespace {

constexpr double kLargestScale = 100;  // as OpenCLIP

}  // namespace

void Temperature::learn() {
  check(value_ * kLargestScale >= 1,
        "temperature: one that is learned is kept at {} or above, as OpenCLIP does: it cannot start at {}",
        1 / kLargestScale, value_);
  log_scale = Tensor::scalar(-std::log(value_)).set_requires_grad(true);
}

double Temperature::value() const {
  if (!log_scale.defined()) return value_;
  double scale = 0;
  dispatch(log_scale.dtype(), [&]<class T>(T) {
    scale = double(std::min(*log_scale.contiguous().data<T>(), T(std::log(kLargestScale))));
  });
  return std::exp(-scale);
}

Tensor Temperature::scale(const Tensor& rows) const {
  if (!log_scale.defined()) return rows * std::sqrt(1 / value_);
  check(log_scale.numel() == 1, "temperature: log_scale must have one element, got {}", log_scale.shape());
  dispatch(log_scale.dtype(), [&]<class T>(T) {
    const T most = T(std::log(kLargestScale));
    // Written only if it changes: a write makes a later backward pass of graphs that used the parameter an error.
    if (*log_scale.contiguous().data<T>() > most) *Tensor(log_scale).mutable_data<T>() = most;
  });
  return rows * exp(reshape(log_scale, {}) * 0.5);
}

void Temperature::fields(Options& o, bool can_learn) {
  o.number("temperature", value_, "temperature of the similarities", {.above = 0});
  if (can_learn) o.flag("learn_temperature", learned, "learn the temperature, from this one on");
}

}  // namespace nce::losses
