#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "nce/core/files/json.h"
#include "theory/losses.h"

namespace nce::cli {

using Json = nlohmann::ordered_json;

/// A number as JSON has it: null for what is none.
Json json_of(double value);
Json json_of(const std::vector<double>& values);
/// Rows of rows; null for an empty matrix.
Json json_of(const losses::StateMatrix& matrix);
Json json_of(const std::vector<WeightComparison>& rows);

}  // namespace nce::cli
