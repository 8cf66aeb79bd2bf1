#pragma once
#include "commands/theory.h"

namespace nce::cli {

/// `nce theory --run`: c1 and c2 of the run's own augmentation, and what its encoder does between states beside the
/// target of the loss it was trained with. The exit code.
int theory_of_run(const TheorySettings& settings);

}  // namespace nce::cli
