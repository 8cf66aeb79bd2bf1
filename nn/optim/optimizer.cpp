#include "nce/nn/optim/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nce/core/error.h"
#include "nce/nn/optim/pieces.h"

namespace nce::nn {
namespace {

Pieces pieces_of(const auto& jobs) {
  std::vector<int64_t> sizes;
  for (const auto& job : jobs) sizes.push_back(job.weight.numel());
  return Pieces(sizes);
}

// One pass over all elements of all jobs: body(job, n, w, grad, state1, state2) for runs of n elements, side by
// side; a state that the optimizer does not keep is null.
void each_run(auto& jobs, auto body) {
  struct Pointers {
    void* weight;
    const void* grad;
    void* state[2];
  };
  std::vector<Pointers> pointers;
  for (auto& job : jobs)
    dispatch(job.weight.dtype(), [&]<class T>(T) {
      Pointers p{job.weight.template mutable_data<T>(), std::as_const(job.grad).template data<T>(), {}};
      for (size_t i = 0; i < job.state.size(); ++i) p.state[i] = job.state[i].template mutable_data<T>();
      pointers.push_back(p);
    });
  pieces_of(jobs).run([&](const Piece& piece) {
    const auto& job = jobs[piece.tensor];
    const Pointers& p = pointers[piece.tensor];
    dispatch(job.weight.dtype(), [&]<class T>(T) {
      const auto state = [&](size_t i) { return p.state[i] ? static_cast<T*>(p.state[i]) + piece.begin : nullptr; };
      body(job, piece.end - piece.begin, static_cast<T*>(p.weight) + piece.begin,
           static_cast<const T*>(p.grad) + piece.begin, state(0), state(1));
    });
  });
}

}  // namespace

Optimizer::Optimizer(const char* name, NamedTensors parameters, double lr, std::vector<std::string> state)
    : name_(name), parameters_(std::move(parameters)), lr_(0), state_names_(std::move(state)) {
  check(!parameters_.empty(), "{}: there is no parameter to optimise", name_);
  std::map<const TensorImpl*, std::string> seen;
  for (const auto& [parameter, tensor] : parameters_) {
    const auto [before, fresh] = seen.emplace(tensor->impl(), parameter);
    check(fresh, "{}: '{}' and '{}' are one parameter, which would be changed twice a step", name_, before->second,
          parameter);
    check(tensor->is_contiguous(), "{}: parameter '{}' is not dense; use contiguous()", name_, parameter);
  }
  set_lr(lr);
  for (size_t i = 0; i < state_names_.size(); ++i) {
    auto& tensors = state_.emplace_back();
    for (const auto& [parameter, p] : parameters_) tensors.push_back(Tensor::zeros(p->shape(), p->dtype()));
  }
}

void Optimizer::set_lr(double lr) {
  check(lr >= 0 && std::isfinite(lr), "{}: the learning rate must be a number of at least 0, got {}", name_, lr);
  lr_ = lr;
}

void Optimizer::zero_grad() {
  for (auto& [name, p] : parameters_) p->zero_grad();
}

void Optimizer::step() {
  std::vector<Job> jobs;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [parameter, p] = parameters_[i];
    if (!p->grad().defined()) continue;
    Job job{i, *p, p->grad().contiguous(), {}};
    for (const auto& tensors : state_) {
      check(tensors[i].dtype() == p->dtype() && tensors[i].shape() == p->shape(),
            "{}: parameter '{}' was {} {} when the optimizer was made and is {} {} now; make the optimizer after "
            "converting the module",
            name_, parameter, tensors[i].shape(), to_string(tensors[i].dtype()), p->shape(), to_string(p->dtype()));
      job.state.push_back(tensors[i]);
    }
    jobs.push_back(std::move(job));
  }
  ++steps_;
  update(jobs);
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state_dict() const {
  std::set<std::string> seen;
  for (const auto& [parameter, tensor] : parameters_)
    check(seen.insert(parameter).second,
          "{}: two parameters are called '{}', so that their state cannot be told apart; give the modules prefixes",
          name_, parameter);
  std::vector<std::pair<std::string, Tensor>> state{{"step", Tensor::scalar(double(steps_), DType::f64)}};
  for (size_t kind = 0; kind < state_.size(); ++kind)
    for (size_t i = 0; i < parameters_.size(); ++i)
      state.emplace_back(state_names_[kind] + "." + parameters_[i].first, state_[kind][i].clone());
  return state;
}

void Optimizer::load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state) {
  std::map<std::string, Tensor> given(state.begin(), state.end());
  std::string problems;
  std::set<std::string> expected;
  for (const auto& [name, own] : state_dict()) {
    expected.insert(name);
    const auto found = given.find(name);
    if (found == given.end())
      problems += fmt::format("\n  missing: {} {}", name, own.shape());
    else if (found->second.shape() != own.shape())
      problems += fmt::format("\n  shape: {} is {} here and {} in what is loaded", name, own.shape(),
                              found->second.shape());
  }
  for (const auto& [name, tensor] : given)
    if (!expected.contains(name)) problems += fmt::format("\n  unexpected: {} {}", name, tensor.shape());
  check(problems.empty(), "{}: load_state_dict: this is the state of another optimizer or module:{}", name_,
        problems);
  const double steps = given.at("step").item();
  check(steps >= 0 && steps == std::floor(steps) && steps < 0x1p53, "{}: load_state_dict: step is {}, not a count",
        name_, steps);
  steps_ = int64_t(steps);
  for (size_t kind = 0; kind < state_.size(); ++kind)
    for (size_t i = 0; i < parameters_.size(); ++i)
      dispatch(state_[kind][i].dtype(), [&]<class T>(T) {
        const auto values = given.at(state_names_[kind] + "." + parameters_[i].first).to_vector<T>();
        std::copy(values.begin(), values.end(), state_[kind][i].mutable_data<T>());
      });
}

SGD::SGD(NamedTensors parameters, const SgdOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr,
                options.momentum > 0 ? std::vector<std::string>{"momentum"} : std::vector<std::string>{}),
      options_(options) {
  check(options.momentum >= 0, "SGD: momentum must be at least 0, got {}", options.momentum);
  check(!options.nesterov || options.momentum > 0, "SGD: nesterov needs a momentum above 0");
  check(options.weight_decay >= 0, "SGD: weight_decay must be at least 0, got {}", options.weight_decay);
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
        buf[k] = momentum * buf[k] + slope;  // from 0, so that the first step is the gradient itself
        slope = nesterov ? slope + momentum * buf[k] : buf[k];
      }
      w[k] -= rate * slope;
    }
  });
}

Adam::Adam(const char* name, NamedTensors parameters, const AdamOptions& options, bool decoupled)
    : Optimizer(name, std::move(parameters), options.lr, {"exp_avg", "exp_avg_sq"}),
      options_(options),
      decoupled_(decoupled) {
  for (const double beta : {options.beta1, options.beta2})
    check(beta >= 0 && beta < 1, "{}: beta1 and beta2 must be in [0, 1), got {}", name, beta);
  check(options.eps >= 0, "{}: eps must be at least 0, got {}", name, options.eps);
  check(options.weight_decay >= 0, "{}: weight_decay must be at least 0, got {}", name, options.weight_decay);
}

void Adam::update(std::vector<Job>& jobs) {
  const double correction1 = 1 - std::pow(options_.beta1, double(steps()));
  const double correction2 = 1 - std::pow(options_.beta2, double(steps()));
  each_run(jobs, [&]<class T>(const Job& job, int64_t n, T* w, const T* g, T* m, T* v) {
    const double all_decay = job.decays(options_.decay_norms_and_biases) ? options_.weight_decay : 0.0;
    const T b1 = T(options_.beta1), b2 = T(options_.beta2), rate = T(lr() / correction1);
    const T new1 = T(1 - options_.beta1), new2 = T(1 - options_.beta2);  // 1 - b2 in f32 is off by 1e-5
    const T scale = T(1 / std::sqrt(correction2)), eps = T(options_.eps);
    // What decays is taken off with the step: in f32, 1 - lr decay would lose most of its digits, or all.
    const T decay = decoupled_ ? T(0) : T(all_decay), shrink = decoupled_ ? T(lr() * all_decay) : T(0);
    for (int64_t k = 0; k < n; ++k) {
      const T slope = g[k] + decay * w[k];
      m[k] = b1 * m[k] + new1 * slope;
      v[k] = b2 * v[k] + new2 * slope * slope;
      w[k] -= rate * m[k] / (std::sqrt(v[k]) * scale + eps) + shrink * w[k];
    }
  });
}

LARS::LARS(NamedTensors parameters, const LarsOptions& options)
    : Optimizer("LARS", std::move(parameters), options.lr, {"momentum"}), options_(options) {
  check(options.momentum >= 0, "LARS: momentum must be at least 0, got {}", options.momentum);
  check(options.weight_decay >= 0, "LARS: weight_decay must be at least 0, got {}", options.weight_decay);
  check(options.trust_coefficient > 0, "LARS: trust_coefficient must be above 0, got {}",
        options.trust_coefficient);
}

void LARS::update(std::vector<Job>& jobs) {
  const auto squares = pieces_of(jobs).sum<2>([&](const Piece& piece) -> std::array<double, 2> {
    const Job& job = jobs[piece.tensor];
    if (!job.is_matrix()) return {};
    return dispatch(job.weight.dtype(), [&]<class T>(T) -> std::array<double, 2> {
      const T *w = job.weight.data<T>(), *g = job.grad.data<T>();
      const double decay = options_.weight_decay;
      return {sum_in_lanes(piece.begin, piece.end, [=](int64_t k) { return double(w[k]) * double(w[k]); }),
              sum_in_lanes(piece.begin, piece.end, [=](int64_t k) {
                const double slope = double(g[k]) + decay * double(w[k]);
                return slope * slope;
              })};
    });
  });
  each_run(jobs, [&]<class T>(const Job& job, int64_t n, T* w, const T* g, T* buf, T*) {
    const auto [w2, g2] = squares[size_t(&job - jobs.data())];
    const double trust = w2 > 0 && g2 > 0 ? options_.trust_coefficient * std::sqrt(w2 / g2) : 1.0;
    const T rate = T(lr() * trust), decay = job.is_matrix() ? T(options_.weight_decay) : T(0);
    const T momentum = T(options_.momentum);
    for (int64_t k = 0; k < n; ++k) {
      buf[k] = momentum * buf[k] + rate * (g[k] + decay * w[k]);
      w[k] -= buf[k];
    }
  });
}

std::vector<std::string> optimizer_names() { return {"sgd", "adam", "adamw", "lars"}; }

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, NamedTensors parameters,
                                          const OptimizerOptions& o) {
  const auto names = optimizer_names();
  check(std::find(names.begin(), names.end(), name) != names.end(),
        "make_optimizer: no optimizer is called '{}'; there are {}", name, fmt::join(names, ", "));
  const bool sgd = name == "sgd", lars = name == "lars", adam = name == "adam" || name == "adamw";
  const auto known = [&](const char* option, bool given, bool has) {
    check(!given || has, "make_optimizer: {} has no option {}", name, option);
  };
  known("momentum", o.momentum.has_value(), sgd || lars);
  known("nesterov", o.nesterov.has_value(), sgd);
  known("beta1", o.beta1.has_value(), adam);
  known("beta2", o.beta2.has_value(), adam);
  known("eps", o.eps.has_value(), adam);
  known("trust_coefficient", o.trust_coefficient.has_value(), lars);
  known("decay_norms_and_biases", o.decay_norms_and_biases.has_value(), !lars);

  const auto common = [&](auto options) {
    options.lr = o.lr.value_or(options.lr);
    options.weight_decay = o.weight_decay.value_or(options.weight_decay);
    if constexpr (requires { options.momentum; }) options.momentum = o.momentum.value_or(options.momentum);
    if constexpr (requires { options.nesterov; }) options.nesterov = o.nesterov.value_or(options.nesterov);
    if constexpr (requires { options.eps; }) {
      options.beta1 = o.beta1.value_or(options.beta1);
      options.beta2 = o.beta2.value_or(options.beta2);
      options.eps = o.eps.value_or(options.eps);
    }
    if constexpr (requires { options.trust_coefficient; })
      options.trust_coefficient = o.trust_coefficient.value_or(options.trust_coefficient);
    if constexpr (requires { options.decay_norms_and_biases; })
      options.decay_norms_and_biases = o.decay_norms_and_biases.value_or(options.decay_norms_and_biases);
    return options;
  };
  if (sgd) return std::make_unique<SGD>(std::move(parameters), common(SgdOptions{}));
  if (lars) return std::make_unique<LARS>(std::move(parameters), common(LarsOptions{}));
  if (name == "adam") return std::make_unique<Adam>(std::move(parameters), common(AdamOptions{}));
  return std::make_unique<AdamW>(std::move(parameters), common(AdamWOptions{}));
}

}  // namespace nce::nn
