#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/nn/optim/optimizer.h"

/// Every optimiser by its name: `nce train --optimizer`, tables and tests go by it.
/// To add an optimiser: its header, a row in catalogue.cpp, a test.
namespace nce::nn {

/// A row of the catalogue.
struct KnownOptimizer {
  using Settings = std::vector<Setting>;
  std::string name;
  /// What suits contrastive learning, in the place of the optimiser's own defaults. `nce train` starts from it.
  Settings contrastive = {};
  bool lr_per_256 = false;  ///< The contrastive learning rate is for 256 images a step, and grows with the batch.
  /// Its options as `settings` leave them, without making it. Refuses what `make` would: "lr: must be above 0".
  std::function<std::vector<Option>(const Settings& settings)> options = {};
  std::function<std::unique_ptr<Optimizer>(NamedTensors parameters, const Settings& settings)> make = {};

  /// `contrastive` for batches of `batch` images.
  Settings contrastive_for(int64_t batch) const;
};

/// The row of optimiser T, made as T(parameters, options). O is a struct of options with `fields`, among them "lr".
template <class T, class O>
KnownOptimizer known_optimizer(std::string name, const O& defaults, std::vector<Setting> contrastive = {},
                               bool lr_per_256 = false) {
  return {.name = std::move(name),
          .contrastive = std::move(contrastive),
          .lr_per_256 = lr_per_256,
          .options = listed_options(defaults),
          .make = [defaults](NamedTensors parameters, const auto& settings) {
            return std::make_unique<T>(std::move(parameters), with_settings(defaults, settings));
          }};
}

Catalogue<KnownOptimizer>& known_optimizers();

/// An optimiser by its name: make_optimizer("sgd", encoder.named_parameters(), {{"momentum", "0.9"}}). An option that
/// it does not have is an error.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, NamedTensors parameters,
                                          const std::vector<Setting>& settings = {});

}  // namespace nce::nn
