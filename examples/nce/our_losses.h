#pragma once
#include "loss_registry.h"

namespace nce::cli {

struct OurLoss {
  std::string name;
  Loss loss;
  std::vector<std::string> options;  ///< What it takes of `LossSettings`.
  /// Whether it holds weights or targets fixed while it is differentiated, so that its gradient is not that of its
  /// value; unset: never.
  std::function<bool(const LossSettings&)> stops_gradient = {};
};

/// Every loss of two views in losses/.
std::vector<OurLoss> our_losses();

}  // namespace nce::cli
