#pragma once
#include "theory/run.h"

namespace nce::cli {

/// Prints what a run's encoder does between states: tables and texts, or one JSON object. With --out also writes
/// states.csv and states.svg.
void show_run(const TheorySettings& settings, const MeasuredRun& run);

}  // namespace nce::cli
