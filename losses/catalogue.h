#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/options.h"
#include "nce/core/tensor.h"
#include "nce/losses/temperature.h"

/// Every loss of two views by its name: what `nce train --loss`, `nce check-loss`, the tables and the tests go by.
/// To add a loss: its header, a row in catalogue.cpp, a test.
namespace nce::losses {

class Target;  // losses/theory/target.h

/// What a loss is given of a batch. Row i of z1 matches row i of z2, both (N, d).
struct Views {
  Tensor z1, z2;
  std::span<const int> labels = {};  ///< One a pair; may be empty. For losses that need labels.
  /// Predictions of embeddings (N, d), for losses that need a predictor; unset: the embeddings themselves.
  std::function<Tensor(const Tensor&)> predictor = {};
};

/// What a loss needs beside the views.
enum class Needs { nothing, labels, predictor };

/// A loss with its options.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual Tensor operator()(const Views& views) = 0;
  /// Its options: name, value, range, help.
  virtual void fields(Options& o) = 0;
  /// Where it has a temperature, null otherwise.
  virtual Temperature* temperature() { return nullptr; }
  /// What it learns beside the encoder, by name: "log_scale", "bias"; for most losses nothing. Made by `learn`.
  virtual std::vector<std::pair<std::string, Tensor*>> parameters() { return {}; }
  /// Makes the parameters, starting from the options. Once, before training.
  virtual void learn() {}
  /// Whether it holds a part of itself fixed while it is differentiated, so that its gradient is not that of its
  /// value.
  virtual bool stops_gradient() const { return false; }
  /// What theory knows of it, with these options; null where it has no theory.
  virtual std::unique_ptr<Target> target() const;
};

/// A row of the catalogue.
struct KnownLoss {
  std::string name;
  Needs needs = Needs::nothing;
  std::function<std::unique_ptr<Loss>()> make;  ///< With its default options.
};

/// All known losses, in the order of the table; those that an executable registered come last.
const std::vector<KnownLoss>& known_losses();
/// An unknown name is an error that lists the known ones.
const KnownLoss& find_loss(const std::string& name);
std::unique_ptr<Loss> make_loss(const std::string& name, const std::vector<Setting>& settings = {});

/// Makes a loss of an executable's own known, with its own options: one line, before `main` looks for it.
///
///     const bool known = nce::losses::register_loss<my_loss>("my_loss");
///
/// `my_loss` is a function `Tensor(const Tensor& z1, const Tensor& z2, const MyOptions&)`, MyOptions with `fields`.
/// A name that is taken is an error.
bool register_loss(KnownLoss row);

}  // namespace nce::losses
