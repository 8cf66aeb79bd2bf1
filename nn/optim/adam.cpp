#include "nce/nn/optim/adam.h"

#include <cmath>

#include "nce/nn/optim/update.h"

namespace nce::nn {

template <bool decoupled>
AdamOf<decoupled>::AdamOf(NamedTensors parameters, const AdamOptionsOf<decoupled>& options)
    : AdamOf(decoupled ? "AdamW" : "Adam", std::move(parameters), options) {}

template <bool decoupled>
AdamOf<decoupled>::AdamOf(const char* name, NamedTensors parameters, const AdamOptionsOf<decoupled>& options)
    : Optimizer(name, std::move(parameters), options.lr, {"exp_avg", "exp_avg_sq"}), options_(options) {
  check_options(name, options);
}

template <bool decoupled>
void AdamOf<decoupled>::update(std::vector<Job>& jobs) {
  const double correction1 = 1 - std::pow(options_.beta1, double(steps()));
  const double correction2 = 1 - std::pow(options_.beta2, double(steps()));
  each_run(jobs, [&]<class T>(const Job& job, int64_t n, T* w, const T* g, T* m, T* v) {
    const double all_decay = job.decays(options_.decay_norms_and_biases) ? options_.weight_decay : 0.0;
    const T b1 = T(options_.beta1), b2 = T(options_.beta2), rate = T(lr() / correction1);
    const T new1 = T(1 - options_.beta1), new2 = T(1 - options_.beta2);  // in f64: 1 - b2 in f32 is off by 1e-5
    const T scale = T(1 / std::sqrt(correction2)), eps = T(options_.eps);
    // The decay is part of the step: in f32, 1 - lr decay would round to 1 or nearly.
    const T decay = decoupled ? T(0) : T(all_decay), shrink = decoupled ? T(lr() * all_decay) : T(0);
    for (int64_t k = 0; k < n; ++k) {
      const T slope = g[k] + decay * w[k];
      m[k] = b1 * m[k] + new1 * slope;
      v[k] = b2 * v[k] + new2 * slope * slope;
      w[k] -= rate * m[k] / (std::sqrt(v[k]) * scale + eps) + shrink * w[k];
    }
  });
}

template class AdamOf<false>;
template class AdamOf<true>;

}  // namespace nce::nn
