#pragma once
#include "theory/synthetic.h"

namespace nce::cli {

/// Prints what the synthetic experiment found: tables and texts, or one JSON object. With --out also writes
/// matrices.csv, course.csv and a picture of each loss.
void show_synthetic(const TheorySettings& settings, const StateModel& model, const std::vector<TrainedLoss>& rows);

}  // namespace nce::cli
