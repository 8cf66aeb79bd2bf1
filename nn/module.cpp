#include "nce/nn/module.h"

namespace nce::nn {

void Fields::parameter(const std::string& name, Tensor& tensor) {
  if (on_parameter && tensor.defined()) on_parameter(prefix + name, tensor);
}

void Fields::buffer(const std::string& name, Tensor& tensor) {
  if (on_buffer && tensor.defined()) on_buffer(prefix + name, tensor);
}

void Fields::module(const std::string& name, Module& child) {
  if (on_module) on_module(prefix + name, child);
  const std::string outer = prefix;
  prefix += name + ".";
  child.fields(*this);
  prefix = outer;
}

namespace {

NamedTensors tensors_of(Module& module, bool parameters, bool buffers) {
  NamedTensors found;
  const auto add = [&](const std::string& name, Tensor& tensor) { found.emplace_back(name, &tensor); };
  Fields walk;
  if (parameters) walk.on_parameter = add;
  if (buffers) walk.on_buffer = add;
  module.fields(walk);
  return found;
}

}  // namespace

EvaluationMode::EvaluationMode(Module& module) {
  for (const auto& [name, part] : module.named_modules()) before_.emplace_back(part, part->training());
  module.eval();
}
EvaluationMode::~EvaluationMode() {
  for (const auto& [part, training] : before_) part->train(training);  // parts below it come later in the list
}

thread_local const ForwardHook* ForwardHook::innermost_ = nullptr;

ForwardHook::ForwardHook(Seen seen) : seen_(std::move(seen)), before_(std::exchange(innermost_, this)) {}
ForwardHook::~ForwardHook() { innermost_ = before_; }

Tensor Layer::operator()(const Tensor& x) {
  Tensor output = forward(x);
  if (const ForwardHook* hook = ForwardHook::innermost_) hook->seen_(*this, x, output);
  return output;
}

void Module::train(bool on) {
  for (const auto& [name, part] : named_modules()) part->training_ = on;
}

NamedTensors Module::named_parameters() & { return tensors_of(*this, true, false); }
NamedTensors Module::named_buffers() & { return tensors_of(*this, false, true); }
NamedTensors Module::state_dict() & { return tensors_of(*this, true, true); }

std::vector<std::pair<std::string, Module*>> Module::named_modules() & {
  std::vector<std::pair<std::string, Module*>> found{{"", this}};
  Fields walk{.on_module = [&](const std::string& name, Module& child) { found.emplace_back(name, &child); }};
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

void Module::load_state_dict(const State& state) {
  copy_state("load_state_dict: this is the state of another module", state, state_of(state_dict()));
}

}  // namespace nce::nn
