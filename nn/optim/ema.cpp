#include "nce/nn/optim/ema.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

void average(const NamedTensors& target, const NamedTensors& online, double decay) {
  check(target.size() == online.size(), "ema_update: {} tensors cannot follow {}", target.size(), online.size());
  for (size_t i = 0; i < target.size(); ++i) {
    Tensor *const to = target[i].second, *const from = online[i].second;
    check(target[i].first == online[i].first && to->shape() == from->shape() && to->dtype() == from->dtype(),
          "ema_update: {} {} cannot follow {} {}", target[i].first, to->shape(), online[i].first, from->shape());
    dispatch(to->dtype(), [&]<class T>(T) {
      const Tensor dense = from->detach().contiguous();
      const T* x = dense.data<T>();
      T* y = to->template mutable_data<T>();
      const T keep = T(decay), take = T(1 - decay);
      for (int64_t k = 0; k < to->numel(); ++k) y[k] = keep * y[k] + take * x[k];
    });
  }
}

}  // namespace

void ema_start(Module& target, Module& online) {
  target.load_state_dict(state_of(online.state_dict()));
  for (const auto& [name, tensor] : target.named_parameters()) tensor->set_requires_grad(false);
}

void ema_update(Module& target, Module& online, double decay, EmaBuffers buffers) {
  check(decay >= 0 && decay <= 1, "ema_update: decay must be within 0 .. 1, got {}", decay);
  average(target.named_parameters(), online.named_parameters(), decay);
  if (buffers != EmaBuffers::own)
    average(target.named_buffers(), online.named_buffers(), buffers == EmaBuffers::averaged ? decay : 0);
}

double ema_decay(int64_t step, int64_t total_steps, double base) {
  check(step >= 0 && total_steps > 0 && base >= 0 && base <= 1,
        "ema_decay: step {} of {} with base {} makes no sense", step, total_steps, base);
  const double done = std::min(1.0, double(step) / double(total_steps));
  return 1 - (1 - base) * (std::cos(std::numbers::pi * done) + 1) / 2;
}

}  // namespace nce::nn
