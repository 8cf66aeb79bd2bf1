#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nce/nn/state.h"

namespace nce::nn {

class Module;
class Layer;

/// A parameter with these values: a dense leaf that requires a gradient. `Tensor scale = parameter(Tensor::ones({8}));`
Tensor parameter(const Tensor& values);

/// Makes `tensor` a parameter: from now on it requires a gradient, unless `set_requires_grad` or `freeze` was called
/// before. An error if it is the result of an operation, because then no gradient is kept.
void as_parameter(const std::string& name, Tensor& tensor);

/// A module tells it the names of its parts. It goes through the tree of modules, and calls back for each module and
/// each defined tensor, with its dotted name. A tensor that is named as a parameter becomes one (`as_parameter`).
struct Fields {
  std::function<void(const std::string&, Tensor&)> on_parameter = {}, on_buffer = {};
  std::function<void(const std::string&, Module&)> on_module = {};
  std::string prefix = {};
  void parameter(const std::string& name, Tensor& tensor);
  void buffer(const std::string& name, Tensor& tensor);
  void module(const std::string& name, Module& child);
};

/// Something made of parameters, buffers and other modules: a layer, a model, a loss that learns. A subclass lists its
/// parts once, in `fields`. Names, state dict, optimisers and train/eval use this list. A part that is not in it is
/// neither trained nor saved. Undefined tensors (an absent bias) are left out.
///
/// Modules can be moved: into a vector, out of a function. Move them before an optimiser or a list of their tensors
/// points into them, and only if nothing in them points to themselves.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(Module&&) = default;  // a copy would share its parameters
  Module& operator=(Module&&) = default;

  virtual void fields(Fields& fields) = 0;

  /// Training mode (the default) or evaluation mode, for this module and all its parts.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_ && !frozen_; }

  /// Keeps this module and all its parts as they are. Parameters require no gradient and lose the one that they have;
  /// optimisers skip them. The mode is evaluation, whatever `train` says: batch norms use their running statistics, and
  /// do not change them. Names and state dict stay the same.
  void freeze(bool on = true);
  /// Undoes `freeze`: parameters require gradients, and the mode is that of `train`.
  void unfreeze() { freeze(false); }

  /// Parameters by dotted name ("layer1.0.conv1.weight"), in the order of `fields`. The list points into the module, so
  /// it cannot be made of a temporary module.
  NamedTensors named_parameters() &;
  NamedTensors named_buffers() &;
  /// This module, named "", and all its parts. Each module comes before its own parts.
  std::vector<std::pair<std::string, Module*>> named_modules() &;
  int64_t parameter_count();
  /// Converts every parameter and buffer. Gradients are dropped.
  void to(DType dtype);

  /// Parameters and buffers by name.
  NamedTensors state_dict() &;
  /// Copies values into the tensors of the same names. Strict: an error lists what is missing, unexpected or of another
  /// shape, and nothing is changed then.
  void load_state_dict(const State& state);

 private:
  friend class EvaluationMode;
  bool training_ = true, frozen_ = false;

 protected:
  /// Runs `call`, and adds to its errors which part of this module failed: "in layers.0 (Linear): linear: ...". Modules
  /// that are no `Layer` must make their calls through it.
  Tensor located(const std::function<Tensor()>& call);
};

/// A module's class, without namespaces: "Conv2d".
std::string type_name(const Module& module);

/// A module that is a function of one tensor.
class Layer : public Module {
 public:
  virtual Tensor forward(const Tensor& x) = 0;
  /// `forward`, `located`, then the innermost `ForwardHook`, if there is one. Layers call each other this way.
  Tensor operator()(const Tensor& x);
};

/// While it exists, a module is in evaluation mode. Then each part gets its mode back.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  ~EvaluationMode();
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

/// Watches layers: while a hook exists, `seen(layer, x, output)` is called after every `layer(x)` on this thread. So
/// one can list shapes (`summary`), look at activations, or collect features of an inner layer. Of several hooks only
/// the newest is called.
class ForwardHook {
 public:
  using Seen = std::function<void(Layer& layer, const Tensor& x, const Tensor& output)>;
  explicit ForwardHook(Seen seen);
  ~ForwardHook();
  ForwardHook(const ForwardHook&) = delete;
  ForwardHook& operator=(const ForwardHook&) = delete;

 private:
  friend class Layer;
  static thread_local const ForwardHook* innermost_;
  Seen seen_;
  const ForwardHook* before_;
};

}  // namespace nce::nn
