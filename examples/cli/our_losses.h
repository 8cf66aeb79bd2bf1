#pragma once
#include "loss_registry.h"

namespace nce::cli {

struct OurLoss {
  std::string name;
  Loss loss;
  std::vector<std::string> options;  ///< What it takes of `LossSettings`.
};

/// Every loss of two views in losses/.
std::vector<OurLoss> our_losses();

}  // namespace nce::cli
