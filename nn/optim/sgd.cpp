#include "nce/nn/optim/sgd.h"

#include "nce/core/error.h"
#include "nce/nn/optim/update.h"

namespace nce::nn {

SGD::SGD(NamedTensors parameters, const SgdOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr,
                options.momentum > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{}),
      options_(options) {
  check_options("SGD", options);
  check(!options.nesterov || options.momentum > 0, "SGD: nesterov needs a momentum above 0");
}

void SGD::update(std::vector<Job>& jobs) {
  const auto decay_of = [&](const Job& job) {
    return job.decays(options_.decay_norms_and_biases) ? options_.weight_decay : 0.0;
  };
  each_run(jobs, [&]<class T>(const Job& job, int64_t n, T* w, const T* g, T* buf, T*) {
    const T rate = T(lr()), decay = T(decay_of(job)), momentum = T(options_.momentum);
    const bool nesterov = options_.nesterov;
    for (int64_t k = 0; k < n; ++k) {
      T slope = g[k] + decay * w[k];
      if (buf) {
        buf[k] = momentum * buf[k] + slope;  // starts at 0: the first step is the gradient itself
        slope = nesterov ? slope + momentum * buf[k] : buf[k];
      }
      w[k] -= rate * slope;
    }
  });
}

}  // namespace nce::nn
