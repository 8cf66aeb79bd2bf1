#include "nce/nn/module.h"

#include <algorithm>
#include <functional>
#include <map>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

// Walks the tree of modules. Calls back for each tensor and each module with its dotted name.
struct Walk final : Fields {
  std::function<void(const std::string&, Tensor&)> on_parameter, on_buffer;
  std::function<void(const std::string&, Module&)> on_module;
  std::string prefix;

  void parameter(const std::string& name, Tensor& tensor) override {
    if (on_parameter && tensor.defined()) on_parameter(prefix + name, tensor);
  }
  void buffer(const std::string& name, Tensor& tensor) override {
    if (on_buffer && tensor.defined()) on_buffer(prefix + name, tensor);
  }
  void module(const std::string& name, Module& child) override {
    if (on_module) on_module(prefix + name, child);
    const std::string outer = prefix;
    prefix += name + ".";
    child.fields(*this);
    prefix = outer;
  }
};

NamedTensors tensors_of(Module& module, bool parameters, bool buffers) {
  NamedTensors found;
  const auto add = [&](const std::string& name, Tensor& tensor) { found.emplace_back(name, &tensor); };
  Walk walk;
  if (parameters) walk.on_parameter = add;
  if (buffers) walk.on_buffer = add;
  module.fields(walk);
  return found;
}

}  // namespace

thread_local const ForwardHook* ForwardHook::innermost_ = nullptr;

ForwardHook::ForwardHook(Seen seen) : seen_(std::move(seen)), before_(std::exchange(innermost_, this)) {}
ForwardHook::~ForwardHook() { innermost_ = before_; }

Tensor Layer::operator()(const Tensor& x) {
  Tensor output = forward(x);
  if (const ForwardHook* hook = ForwardHook::innermost_) hook->seen_(*this, x, output);
  return output;
}

void Module::train(bool on) {
  training_ = on;
  Walk walk;
  walk.on_module = [on](const std::string&, Module& child) { child.training_ = on; };
  fields(walk);
}

NamedTensors Module::named_parameters() { return tensors_of(*this, true, false); }
NamedTensors Module::named_buffers() { return tensors_of(*this, false, true); }
NamedTensors Module::state_dict() { return tensors_of(*this, true, true); }

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> found{{"", this}};
  Walk walk;
  walk.on_module = [&](const std::string& name, Module& child) { found.emplace_back(name, &child); };
  fields(walk);
  return found;
}

int64_t Module::parameter_count() {
  int64_t count = 0;
  for (const auto& [name, tensor] : named_parameters()) count += tensor->numel();
  return count;
}

void Module::to(DType dtype) {
  for (auto& [name, tensor] : named_parameters()) {
    const bool wanted = tensor->requires_grad();
    *tensor = tensor->detach().to(dtype).set_requires_grad(wanted);
  }
  for (auto& [name, tensor] : named_buffers()) *tensor = tensor->detach().to(dtype);
}

void Module::load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state) {
  std::map<std::string, Tensor> given(state.begin(), state.end());
  const NamedTensors own = state_dict();
  std::string problems;
  for (const auto& [name, tensor] : own) {
    const auto found = given.find(name);
    if (found == given.end())
      problems += fmt::format("\n  missing: {} {}", name, tensor->shape());
    else if (found->second.shape() != tensor->shape())
      problems += fmt::format("\n  shape: {} is {} here and {} in what is loaded", name, tensor->shape(),
                              found->second.shape());
  }
  for (const auto& [name, tensor] : given)
    if (std::none_of(own.begin(), own.end(), [&name = name](const auto& mine) { return mine.first == name; }))
      problems += fmt::format("\n  unexpected: {} {}", name, tensor.shape());
  check(problems.empty(), "load_state_dict: this is the state of another module:{}", problems);
  for (const auto& [name, tensor] : own)
    dispatch(tensor->dtype(), [&given, &name = name, tensor = tensor]<class T>(T) {
      const auto values = given.at(name).to_vector<T>();
      std::copy(values.begin(), values.end(), tensor->mutable_data<T>());
    });
}

}  // namespace nce::nn
