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

/// Makes a parameter of a tensor that one is named by: it requires a gradient from now on, unless `set_requires_grad`
/// or `freeze` decided before. The result of an operation is an error: no gradient stays with it.
void as_parameter(const std::string& name, Tensor& tensor);

/// What a module names its parts to. Walks the tree of modules, and calls back for each tensor that is defined and for
/// each module, with its dotted name. What is collected as a parameter becomes one (`as_parameter`).
struct Fields {
  std::function<void(const std::string&, Tensor&)> on_parameter = {}, on_buffer = {};
  std::function<void(const std::string&, Module&)> on_module = {};
  std::string prefix = {};
  void parameter(const std::string& name, Tensor& tensor);
  void buffer(const std::string& name, Tensor& tensor);
  void module(const std::string& name, Module& child);
};

/// Something made of parameters, buffers and other modules: a layer, a model, a loss that learns. A subclass lists
/// its parts once, in `fields`. Names, state dict, optimisers and train/eval follow from that list. An undefined
/// tensor (an absent bias) is left out. A module that is not named there is neither trained nor saved.
///
/// Modules move: into a vector, out of a function. Move them before an optimiser or a list of their tensors points into
/// them, and only if nothing in them points to themselves.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(Module&&) = default;  // a copy would share its parameters
  Module& operator=(Module&&) = default;

  virtual void fields(Fields& fields) = 0;

  /// Training mode (the default) or evaluation, for this module and all below it.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_ && !frozen_; }

  /// Keeps this module and all below it as they are. Parameters require no gradient and lose the one that they have, and
  /// optimisers pass them by. The mode is evaluation, whatever `train` says: batch norms use and keep their running
  /// statistics. Names and state dict stay.
  void freeze(bool on = true);
  /// The parameters require gradients, and the mode is what `train` says.
  void unfreeze() { freeze(false); }

  /// Parameters by dotted name ("layer1.0.conv1.weight"), in the order of `fields`. Such lists point into the module:
  /// a temporary module gives none.
  NamedTensors named_parameters() &;
  NamedTensors named_buffers() &;
  /// This module, named "", and all below it. Each stands before its own parts.
  std::vector<std::pair<std::string, Module*>> named_modules() &;
  int64_t parameter_count();
  /// Converts every parameter and buffer. Gradients are dropped.
  void to(DType dtype);

  /// Parameters and buffers by name.
  NamedTensors state_dict() &;
  /// Copies values into the tensors of the same names. Strict: an error lists what is missing, unexpected or of
  /// another shape. Then nothing has been changed.
  void load_state_dict(const State& state);

 private:
  friend class EvaluationMode;
  bool training_ = true, frozen_ = false;

 protected:
  /// Makes a call of this module. Its error says where a module below stands: "in layers.0 (Linear): linear: ...". Calls
  /// that are no `Layer`'s go through it, so that all errors do.
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

/// Evaluation mode while it lives, then the mode that each part had.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  ~EvaluationMode();
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

/// Watches layers: while a hook lives, `seen(layer, x, output)` is called after every `layer(x)` on this thread.
/// It can list shapes (`summary`), watch activations, collect features of an inner layer. Hooks nest, and only the
/// innermost is called.
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
