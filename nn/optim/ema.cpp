#include "nce/nn/optim/ema.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/error.h"

namespace nce::nn {

void ema_start(Module& target, Module& online) {
  target.load_state_dict(state_of(online.state_dict()));
  for (const auto& [name, tensor] : target.named_parameters()) tensor->set_requires_grad(false);
}

void ema_update(Module& target, Module& online, double decay) {
  check(decay >= 0 && decay <= 1, "ema_update: decay must be within 0 .. 1, got {}", decay);
  const NamedTensors followers = target.named_parameters(), leaders = online.named_parameters();
  check(followers.size() == leaders.size(), "ema_update: {} tensors cannot follow {}", followers.size(),
        leaders.size());
  for (size_t i = 0; i < followers.size(); ++i) {
    Tensor *const to = followers[i].second, *const from = leaders[i].second;
    check(followers[i].first == leaders[i].first && to->shape() == from->shape() && to->dtype() == from->dtype(),
          "ema_update: {} {} cannot follow {} {}", followers[i].first, to->shape(), leaders[i].first,
          from->shape());
    dispatch(to->dtype(), [&]<class T>(T) {
      const Tensor dense = from->detach().contiguous();
      const T* x = dense.data<T>();
      T* y = to->template mutable_data<T>();
      const T keep = T(decay), take = T(1 - decay);
      for (int64_t k = 0; k < to->numel(); ++k) y[k] = keep * y[k] + take * x[k];
    });
  }
}

double ema_decay(int64_t step, int64_t total_steps, double base) {
  check(step >= 0 && total_steps > 0 && base >= 0 && base <= 1,
        "ema_decay: step {} of {} with base {} makes no sense", step, total_steps, base);
  const double done = std::min(1.0, double(step) / double(total_steps));
  return 1 - (1 - base) * (std::cos(std::numbers::pi * done) + 1) / 2;
}

}  // namespace nce::nn
