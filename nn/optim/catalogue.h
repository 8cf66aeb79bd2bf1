#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"
#include "nce/nn/optim/optimizer.h"

/// The table of all optimisers by name. `nce train --optimizer`, documents and tests use it.
/// To add an optimiser: its header, a row in catalogue.cpp, a test.
namespace nce::nn {

/// A row of the catalogue.
struct KnownOptimizer {
  using Settings = std::vector<Setting>;
  std::string name;
  /// Values for contrastive learning, where they differ from the optimiser's defaults. `nce train` uses them.
  Settings contrastive = {};
  bool lr_per_256 = false;  ///< That learning rate is for 256 images in a step, and grows with the batch.
  /// Its options with the values of `settings`. Makes no optimiser, but has the same errors: "lr: must be above 0".
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
