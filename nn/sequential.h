#pragma once
#include <typeinfo>

#include "nce/nn/module_list.h"

namespace nce::nn {

/// Layers one after another. As in PyTorch, their names are "0", "1", ... or those that are given:
///
///     Sequential net{Conv2d(1, 32, generator, {.kernel = 3, .padding = 1}), ReLU(), Flatten()};
///     Sequential named{{"conv", Conv2d(1, 32, generator)}, {"relu", ReLU()}};
///     net.add(Linear(32 * 28 * 28, 10, generator)).add<ReLU>();
///
/// Use braces: what is in them is computed in order, so weights are drawn from left to right. `Sequential{a}` with a
/// Sequential a is a itself, not a list with one entry.
class Sequential : public Layer {
 public:
  using Entry = ModuleList<Layer>::Entry;
  Sequential() = default;
  Sequential(std::initializer_list<Entry> layers) {
    Layer* alone = layers.size() == 1 && layers.begin()->name.empty() ? layers.begin()->module.get() : nullptr;
    // Compilers disagree whether these braces are a list. A derived class is an entry, because it has its own forward.
    if (alone && typeid(*alone) == typeid(Sequential))
      layers_ = std::move(static_cast<Sequential*>(alone)->layers_);
    else
      layers_ = layers;
  }

  /// Makes an L in place, from these arguments.
  template <class L, class... Args>
  Sequential& add(Args&&... args) {
    return add(std::make_unique<L>(std::forward<Args>(args)...));
  }
  template <std::derived_from<Layer> L>
  Sequential& add(L layer) {
    return add(std::make_unique<L>(std::move(layer)));
  }
  template <std::derived_from<Layer> L>
  Sequential& add(const std::string& name, L layer) {
    layers_.add(name, std::move(layer));
    return *this;
  }
  Sequential& add(std::unique_ptr<Layer> layer) {
    layers_.append("", std::move(layer));
    return *this;
  }
  size_t size() const { return layers_.size(); }
  Layer& operator[](size_t i) { return layers_[i]; }
  Layer& operator[](const std::string& name) { return layers_[name]; }
  Tensor forward(const Tensor& x) override {
    Tensor out = x;
    for (Layer& layer : layers_) out = layer(out);
    return out;
  }
  void fields(Fields& f) override { layers_.fields(f); }

 private:
  ModuleList<Layer> layers_;
};

}  // namespace nce::nn
