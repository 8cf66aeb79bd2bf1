#include "nce/nn/module.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "nce/core/autograd.h"
#include "nce/core/error.h"

namespace nce::nn {

Tensor parameter(const Tensor& values) { return values.detach().contiguous().set_requires_grad(true); }

void as_parameter(const std::string& name, Tensor& tensor) {
  check(tensor.is_leaf(),
        "parameter '{}' is the result of {}, so no gradient stays with it; keep nn::parameter(...) of the result",
        name, tensor.is_leaf() ? "" : tensor.impl()->node->name);
  if (!tensor.impl()->decided) tensor.set_requires_grad(true);
}

void Fields::parameter(const std::string& name, Tensor& tensor) {
  if (!on_parameter || !tensor.defined()) return;
  as_parameter(prefix + name, tensor);
  on_parameter(prefix + name, tensor);
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
  for (const auto& [name, part] : module.named_modules()) before_.emplace_back(part, part->training_);
  module.eval();
}
EvaluationMode::~EvaluationMode() {
  for (const auto& [part, training] : before_) part->training_ = training;
}

thread_local const ForwardHook* ForwardHook::innermost_ = nullptr;

ForwardHook::ForwardHook(Seen seen) : seen_(std::move(seen)), before_(std::exchange(innermost_, this)) {}
ForwardHook::~ForwardHook() { innermost_ = before_; }

std::string type_name(const Module& module) {
  const char* mangled = typeid(module).name();
  const std::unique_ptr<char, void (*)(void*)> readable(abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr),
                                                        std::free);
  const std::string name = readable ? readable.get() : mangled;
  const size_t colons = name.substr(0, name.find('<')).rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

namespace {

// The error of the innermost module that failed. Each module around it makes the path in the text longer.
struct ModuleError : Error {
  ModuleError(const Module* where, std::string type, std::string text, const std::string& path = "")
      : Error(path.empty() ? text : fmt::format("in {} ({}): {}", path, type, text)),
        where(where),
        type(std::move(type)),
        text(std::move(text)) {}
  const Module* where;  // only to compare: it may not exist any more
  std::string type, text;
};

}  // namespace

Tensor Module::located(const std::function<Tensor()>& call) {
  try {
    return call();
  } catch (const ModuleError& error) {
    for (const auto& [path, part] : named_modules())
      if (part == error.where) throw ModuleError(part, error.type, error.text, path);
    throw;
  } catch (const Error& error) { throw ModuleError(this, type_name(*this), error.what()); }
}

Tensor Layer::operator()(const Tensor& x) {
  const Tensor output = located([&] { return forward(x); });
  if (const ForwardHook* hook = ForwardHook::innermost_) hook->seen_(*this, x, output);
  return output;
}

void Module::train(bool on) {
  for (const auto& [name, part] : named_modules()) part->training_ = on;
}

void Module::freeze(bool on) {
  for (const auto& [name, part] : named_modules()) part->frozen_ = on;
  for (const auto& [name, tensor] : named_parameters()) {
    tensor->set_requires_grad(!on);
    if (on) tensor->zero_grad();
  }
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
