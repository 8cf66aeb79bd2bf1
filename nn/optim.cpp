#include "nce/nn/optim.h"

#include <cmath>

#include "nce/core/error.h"
#include "nce/core/parallel.h"

namespace nce::nn {
namespace {

constexpr int64_t kGrain = 1 << 14;

std::vector<Tensor> zeros_like(const NamedTensors& parameters) {
  std::vector<Tensor> zeros;
  for (const auto& [name, p] : parameters) zeros.push_back(Tensor::zeros(p->shape(), p->dtype()));
  return zeros;
}

}  // namespace

Optimizer::Optimizer(NamedTensors parameters, double lr) : parameters_(std::move(parameters)), lr_(lr) {
  check(!parameters_.empty(), "optimizer: there is no parameter to optimise");
}

void Optimizer::zero_grad() {
  for (auto& [name, p] : parameters_) p->zero_grad();
}

SGD::SGD(NamedTensors parameters, const SgdOptions& options)
    : Optimizer(std::move(parameters), options.lr), options_(options) {
  check(!options.nesterov || options.momentum > 0, "SGD: nesterov needs a momentum above 0");
  if (options.momentum > 0) momentum_ = zeros_like(parameters_);
}

void SGD::step() {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& p = *parameters_[i].second;
    if (!p.grad().defined()) continue;
    dispatch(p.dtype(), [&]<class T>(T) {
      const Tensor grad = p.grad().contiguous();
      const T* g = grad.data<T>();
      T *w = p.mutable_data<T>(), *buf = momentum_.empty() ? nullptr : momentum_[i].mutable_data<T>();
      const T lr = T(lr_), momentum = T(options_.momentum), decay = T(options_.weight_decay);
      parallel_for(p.numel(), kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          T step = g[k] + decay * w[k];
          if (buf) {
            buf[k] = momentum * buf[k] + step;  // from 0, so that the first step is the gradient itself
            step = options_.nesterov ? step + momentum * buf[k] : buf[k];
          }
          w[k] -= lr * step;
        }
      });
    });
  }
}

Adam::Adam(NamedTensors parameters, const AdamOptions& options, bool decoupled)
    : Optimizer(std::move(parameters), options.lr), options_(options), decoupled_(decoupled) {
  first_ = zeros_like(parameters_), second_ = zeros_like(parameters_);
}

void Adam::step() {
  ++steps_;
  const double correction1 = 1 - std::pow(options_.beta1, double(steps_));
  const double correction2 = 1 - std::pow(options_.beta2, double(steps_));
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& p = *parameters_[i].second;
    if (!p.grad().defined()) continue;
    dispatch(p.dtype(), [&]<class T>(T) {
      const Tensor grad = p.grad().contiguous();
      const T* g = grad.data<T>();
      T *w = p.mutable_data<T>(), *m = first_[i].mutable_data<T>(), *v = second_[i].mutable_data<T>();
      const T b1 = T(options_.beta1), b2 = T(options_.beta2), rate = T(lr_ / correction1);
      const T scale = T(1 / std::sqrt(correction2)), eps = T(options_.eps), decay = T(options_.weight_decay);
      const T keep = decoupled_ ? T(1 - lr_ * options_.weight_decay) : T(1);
      parallel_for(p.numel(), kGrain, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          const T slope = decoupled_ ? g[k] : g[k] + decay * w[k];
          m[k] = b1 * m[k] + (1 - b1) * slope;
          v[k] = b2 * v[k] + (1 - b2) * slope * slope;
          w[k] = keep * w[k] - rate * m[k] / (std::sqrt(v[k]) * scale + eps);
        }
      });
    });
  }
}

}  // namespace nce::nn
