#include "nce/nn/optim/catalogue.h"

#include "nce/core/number.h"
#include "nce/nn/optim/adam.h"
#include "nce/nn/optim/lars.h"
#include "nce/nn/optim/sgd.h"
#include "nce/nn/optim/sparse_adam.h"

namespace nce::nn {

Catalogue<KnownOptimizer>& known_optimizers() {
  static Catalogue<KnownOptimizer> all(
      "optimizer", {
                       known_optimizer<SGD>("sgd", SgdOptions{},
                                            {{"lr", "0.06"}, {"momentum", "0.9"}, {"weight_decay", "0.0001"}}),
                       known_optimizer<Adam>("adam", AdamOptions{}, {{"lr", "0.002"}}),
                       known_optimizer<AdamW>("adamw", AdamWOptions{}, {{"lr", "0.002"}}),
                       known_optimizer<LARS>("lars", LarsOptions{}, {{"lr", "0.3"}}, true),
                       known_optimizer<SparseAdam>("sparse_adam", AdamOptions{}, {{"lr", "0.002"}}),
                   });
  return all;
}

KnownOptimizer::Settings KnownOptimizer::contrastive_for(int64_t batch) const {
  Settings settings = contrastive;
  for (Setting& setting : settings)
    if (lr_per_256 && setting.name == "lr")
      setting.value = fmt::format("{}", decimal(std::stod(setting.value) * double(batch) / 256));
  return settings;
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, NamedTensors parameters,
                                          const std::vector<Setting>& settings) {
  return known_optimizers().find(name).make(std::move(parameters), settings);
}

}  // namespace nce::nn
