#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/tensor.h"

namespace nce::nn {

class Module;

using NamedTensors = std::vector<std::pair<std::string, Tensor*>>;

/// What a module hands its parts to, each under its name.
class Fields {
 public:
  virtual ~Fields() = default;
  virtual void parameter(const std::string& name, Tensor& tensor) = 0;
  virtual void buffer(const std::string& name, Tensor& tensor) = 0;
  virtual void module(const std::string& name, Module& child) = 0;
};

/// A function with parameters. A subclass computes `forward` and lists what it is made of once, in `fields`; names,
/// state dict, optimisers and train/eval all follow from that list. An undefined tensor (an absent bias) is passed
/// over.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;  // a copy would share parameters unnoticed
  Module& operator=(const Module&) = delete;

  virtual Tensor forward(const Tensor& x) = 0;
  /// `forward`, and then whatever a `ForwardHook` asks for. This is how one module calls another.
  Tensor operator()(const Tensor& x);
  virtual void fields(Fields& fields) = 0;

  /// Training mode (the default) or evaluation, for this module and all below it.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

  /// Parameters by dotted name ("layer1.0.conv1.weight"), in the order of the lists.
  NamedTensors named_parameters();
  NamedTensors named_buffers();
  /// This module, named "", and all below it, each before what it is made of.
  std::vector<std::pair<std::string, Module*>> named_modules();
  int64_t parameter_count();
  /// Converts every parameter and buffer; gradients are dropped.
  void to(DType dtype);

  /// Parameters and buffers by name.
  NamedTensors state_dict();
  /// Copies the values of tensors of the same names and shapes. Strict: an error lists what is missing, unexpected
  /// or of another shape, and then nothing has been changed.
  void load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state);

 private:
  bool training_ = true;
};

/// While one lives, `seen(module, x, output)` is called after every `module(x)` on this thread: to list shapes
/// (`summary`), watch activations, collect features of an inner layer. Scopes nest; the innermost is called.
class ForwardHook {
 public:
  using Seen = std::function<void(Module& module, const Tensor& x, const Tensor& output)>;
  explicit ForwardHook(Seen seen);
  ~ForwardHook();
  ForwardHook(const ForwardHook&) = delete;
  ForwardHook& operator=(const ForwardHook&) = delete;

 private:
  friend class Module;
  static thread_local const ForwardHook* innermost_;
  Seen seen_;
  const ForwardHook* before_;
};

}  // namespace nce::nn
