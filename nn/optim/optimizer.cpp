#include "nce/nn/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nce/core/autograd.h"
#include "nce/core/error.h"

namespace nce::nn {

Optimizer::Optimizer(const char* name, NamedTensors parameters, double lr, std::vector<std::string> state)
    : name_(name), parameters_(std::move(parameters)), lr_(0), state_names_(std::move(state)) {
  check(!parameters_.empty(), "{}: there is no parameter to optimise", name_);
  std::map<const detail::TensorImpl*, std::string> seen;
  for (const auto& [parameter, tensor] : parameters_) {
    const auto [before, fresh] = seen.emplace(tensor->impl(), parameter);
    check(fresh, "{}: '{}' and '{}' are one parameter, which would be changed twice a step", name_, before->second,
          parameter);
    as_parameter(parameter, *tensor);
    set_optimised(*tensor);  // also if another optimiser makes more steps
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

void Optimizer::check_there() const {
  for (const auto& [parameter, p] : parameters_)
    check(p->defined(), "{}: parameter '{}' is gone: its module was moved after the optimizer was made", name_,
          parameter);
}

void Optimizer::zero_grad() {
  check_there();
  for (auto& [name, p] : parameters_) p->zero_grad();
}

void Optimizer::step() {
  check_there();
  std::vector<Job> jobs;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [parameter, p] = parameters_[i];
    set_optimised(*p);  // again, because Module::to makes new tensors
    if (!p->requires_grad()) continue;
    const RowGradient* rows = by_rows() ? p->row_grad() : nullptr;
    const Tensor grad = rows ? rows->values : p->grad();
    if (!grad.defined()) continue;
    Job job{*p, grad.contiguous(), {}, rows};
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
  count_optimiser_step();
}

State Optimizer::own_state() const {
  std::set<std::string> seen;
  for (const auto& [parameter, tensor] : parameters_)
    check(seen.insert(parameter).second,
          "{}: two parameters are called '{}', so their state cannot be told apart; give the modules prefixes",
          name_, parameter);
  State state{{"step", Tensor::scalar(double(steps_), DType::f64)}};
  for (size_t kind = 0; kind < state_.size(); ++kind)
    for (size_t i = 0; i < parameters_.size(); ++i)
      state.emplace_back(state_names_[kind] + "." + parameters_[i].first, state_[kind][i]);
  return state;
}

State Optimizer::state_dict() const {
  State state = own_state();
  for (auto& [name, tensor] : state) tensor = tensor.clone();
  return state;
}

void Optimizer::load_state_dict(const State& state) {
  for (const auto& [name, tensor] : state) {
    if (name != "step" || tensor.numel() != 1) continue;
    const double steps = tensor.item();
    check(steps >= 0 && steps == std::floor(steps) && steps < 0x1p53,
          "{}: load_state_dict: step is {}, not a count", name_, steps);
  }
  State own = own_state();
  copy_state(name_ + ": load_state_dict: this is the state of another optimizer or module", state, own);
  steps_ = int64_t(own[0].second.item());
}

}  // namespace nce::nn
