#pragma once
#include <vector>

#include "nce/losses/theory/free_logits.h"
#include "theory/losses.h"
#include "theory/model.h"

namespace nce::cli {

/// Where free logits end under a loss, beside its target.
struct FreeLoss {
  TheoryLoss loss;
  int64_t batch;  ///< 0: the target does not depend on it.
  losses::FreeLogits result;
  /// The drift of the row that drifts most.
  struct Drift {
    double measured = 0, predicted = 0;
  } drift = {};

  /// The target, where it can be reached.
  const losses::StateMatrix* stated() const {
    return result.reach.outcome == losses::Outcome::reaches ? &result.target : nullptr;
  }
  const losses::StateMatrix& read_out() const { return result.read_out; }
};

/// Every loss and batch size that the settings ask for.
std::vector<FreeLoss> free_losses(const TheorySettings& settings, const losses::Joint& joint);

}  // namespace nce::cli
