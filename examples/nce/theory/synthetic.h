#pragma once
#include "commands/theory.h"
#include "theory/model.h"

namespace nce::cli {

/// `nce theory --synthetic`: a small encoder trained under each loss on views drawn through a model of states, what
/// it does between states beside the target, and what keeps it from there. The exit code.
int synthetic_experiment(const TheorySettings& settings, const StateModel& model);

}  // namespace nce::cli
