#pragma once
#include <string>
#include <vector>

#include "nce/losses/theory/states.h"

namespace nce::cli {

/// More states than this do not fit a line.
inline constexpr int kTableStates = 12;
/// A matrix as lines of a table, with the names of the states.
std::string table_of(const losses::StateMatrix& matrix, const std::vector<std::string>& states, int decimals);

}  // namespace nce::cli
