#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/core/tensor.h"
#include "nce/losses/temperature.h"
#include "nce/losses/theory/target.h"

/// The table of all losses by name. `nce train --loss`, `nce check-loss`, documents and tests use it.
/// To add a loss: its header, a row in catalogue.cpp, a test.
namespace nce::losses {

/// What a loss gets from a batch: views of N samples, (N, d) each. Row i of one matches row i of the others.
struct Views {
  Tensor z1, z2;
  std::span<const int> labels = {};  ///< One for each sample, or empty. For losses that need labels.
  /// Predicts embeddings (N, d), for losses that need a predictor. Unset: the embeddings themselves.
  std::function<Tensor(const Tensor&)> predictor = {};
  std::vector<Tensor> more = {};  ///< The third view and those after it.
  std::vector<Tensor> all() const;
};
/// Two views or more as `Views`, without labels or a predictor.
Views views_of(const std::vector<Tensor>& z);

/// How many views of each sample a loss takes.
struct NumViews {
  int64_t least = 2, most = 2;
  bool holds(int64_t n) const { return n >= least && n <= most; }
  /// "3 views", "2 or more views".
  std::string text() const;
};
constexpr NumViews kAnyNumViews{.least = 2, .most = std::numeric_limits<int64_t>::max()};

/// What a loss needs beside the views.
enum class Needs { nothing, labels, predictor };

/// An error if `loss` does not take n views.
void check_num_views(const std::string& loss, const NumViews& takes, int64_t n);

/// A loss with its options.
class Loss {
 public:
  virtual ~Loss() = default;
  /// A number of views that it does not take is an error.
  virtual Tensor operator()(const Views& views) = 0;
  /// Its options: name, value, range, help.
  virtual void fields(Options& o) = 0;
  /// Fills in options that are unset and depend on others: gamma = delta - 1.
  virtual void settle() {}
  /// Null if the loss has none.
  virtual Temperature* temperature() = 0;
  /// Makes the parameters of the loss itself; they start from the options. Call it once, before training.
  virtual void learn() = 0;
  /// The parameters of the loss, by their names in checkpoints: "logit_scale" (log(1 / temperature)), "logit_bias".
  /// Mostly empty.
  virtual std::vector<std::pair<std::string, Tensor*>> parameters() = 0;
  /// Whether a part of the loss counts as a constant in the gradient. Then differences of values do not give its gradient.
  virtual bool stops_gradient() const = 0;
  /// What theory says about the loss with these options. Null if there is no theory.
  virtual std::unique_ptr<Target> target() const = 0;
};

/// A row of the catalogue.
struct KnownLoss {
  std::string name;
  Needs needs = Needs::nothing;
  std::function<std::unique_ptr<Loss>()> make;  ///< With its default options.
  NumViews num_views = {};
};

Catalogue<KnownLoss>& known_losses();
/// A loss by its name, with `settings` for its options: make_loss("triplet", {{"margin", "0.5"}}).
std::unique_ptr<Loss> make_loss(const std::string& name, const std::vector<Setting>& settings = {});

/// The theory of a loss with options of type O.
template <class O>
using Theory = std::function<std::unique_ptr<Target>(const O&)>;

/// A loss with options of type O: a struct with defaults and `fields`. O may also have
/// - `Temperature temperature`
/// - `void learn()` and `parameters()` as in Loss, for more than a temperature
/// - `void settle()` as in Loss
/// - `bool stops_gradient() const`
template <class O, class F>
class LossWith final : public Loss {
 public:
  LossWith(F call, Theory<O> theory) : call_(std::move(call)), theory_(std::move(theory)) {}
  Tensor operator()(const Views& views) override { return call_(views, options_); }
  void fields(Options& o) override { options_.fields(o); }
  void settle() override {
    if constexpr (requires(O o) { o.settle(); }) options_.settle();
  }
  Temperature* temperature() override {
    if constexpr (requires(O o) { requires std::is_same_v<decltype(o.temperature), Temperature>; })
      return &options_.temperature;
    return nullptr;
  }
  void learn() override {
    if constexpr (requires(O o) { o.learn(); })
      options_.learn();
    else if (Temperature* t = temperature(); t && t->learned)
      t->learn();
  }
  std::vector<std::pair<std::string, Tensor*>> parameters() override {
    if constexpr (requires(O o) { o.parameters(); }) return options_.parameters();
    Temperature* t = temperature();
    if (!t || !t->log_scale.defined()) return {};
    return {{"logit_scale", &t->log_scale}};
  }
  bool stops_gradient() const override {
    if constexpr (requires(const O o) { o.stops_gradient(); }) return options_.stops_gradient();
    return false;
  }
  std::unique_ptr<Target> target() const override { return theory_ ? theory_(options_) : nullptr; }

 private:
  O options_;
  F call_;
  Theory<O> theory_;
};

/// A row of the catalogue, made from the function of a loss. The function's parameters say what the loss needs. `theory`,
/// if given, makes the target from the options; `nce theory` and the p+ that training shows use it. To add your own loss:
///
///     const bool added = losses::known_losses().add(losses::known("my_loss", my_loss));
///
/// `known` is for losses of two or three views, `known_of_views` for any number of views.
template <class O, class F>
KnownLoss row(std::string name, Needs needs, F loss, Theory<O> theory = {}, NumViews num_views = {}) {
  const auto call = [name, loss, num_views](const Views& v, const O& o) {
    check_num_views(name, num_views, 2 + int64_t(v.more.size()));
    return loss(v, o);
  };
  return {.name = std::move(name),
          .needs = needs,
          .make = [call, theory] { return std::make_unique<LossWith<O, decltype(call)>>(call, theory); },
          .num_views = num_views};
}
template <class O>
KnownLoss known(std::string name, Tensor (*loss)(const Tensor& z1, const Tensor& z2, const O&),
                std::type_identity_t<Theory<O>> theory = {}) {
  return row<O>(
      std::move(name), Needs::nothing, [loss](const Views& v, const O& o) { return loss(v.z1, v.z2, o); },
      std::move(theory));
}
template <class O>
KnownLoss known(std::string name, Tensor (*loss)(const Tensor& z1, const Tensor& z2, const Tensor& z3, const O&),
                std::type_identity_t<Theory<O>> theory = {}) {
  return row<O>(std::move(name), Needs::nothing,
                [loss](const Views& v, const O& o) { return loss(v.z1, v.z2, v.more[0], o); }, std::move(theory),
                {.least = 3, .most = 3});
}
template <class O>
KnownLoss known(std::string name,
                Tensor (*loss)(const Tensor& z1, const Tensor& z2, std::span<const int> labels, const O&)) {
  return row<O>(std::move(name), Needs::labels,
                [loss](const Views& v, const O& o) { return loss(v.z1, v.z2, v.labels, o); });
}
template <class O>
KnownLoss known(std::string name, Tensor (*loss)(const Tensor& z1, const Tensor& z2,
                                                 const std::function<Tensor(const Tensor&)>& predictor, const O&)) {
  return row<O>(std::move(name), Needs::predictor,
                [loss](const Views& v, const O& o) { return loss(v.z1, v.z2, v.predictor, o); });
}
/// A loss of any number of views.
template <class O>
KnownLoss known_of_views(std::string name, Tensor (*loss)(const std::vector<Tensor>& views, const O&),
                         std::type_identity_t<Theory<O>> theory = {}) {
  return row<O>(
      std::move(name), Needs::nothing, [loss](const Views& v, const O& o) { return loss(v.all(), o); },
      std::move(theory), kAnyNumViews);
}
template <class O>
KnownLoss known_of_views(std::string name,
                         Tensor (*loss)(const std::vector<Tensor>& views, std::span<const int> labels, const O&)) {
  return row<O>(
      std::move(name), Needs::labels, [loss](const Views& v, const O& o) { return loss(v.all(), v.labels, o); }, {},
      kAnyNumViews);
}

}  // namespace nce::losses
