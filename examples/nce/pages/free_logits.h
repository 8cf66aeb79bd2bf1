#pragma once
#include "theory/free.h"

namespace nce::cli {

/// Prints what free logits do: tables and texts, or one JSON object. With --out also writes free_logits.csv.
void show_free_logits(const TheorySettings& settings, const StateModel& model, const std::vector<FreeLoss>& rows);

}  // namespace nce::cli
