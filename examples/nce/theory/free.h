#pragma once
#include "commands/theory.h"
#include "theory/model.h"

namespace nce::cli {

/// `nce theory`: where free logits end under each loss, beside its target. The exit code.
int free_logits(const TheorySettings& settings, const StateModel& model);

}  // namespace nce::cli
