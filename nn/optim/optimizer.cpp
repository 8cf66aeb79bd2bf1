#include "nce/nn/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nce/core/error.h"

namespace nce::nn {

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

}  // namespace nce::nn
