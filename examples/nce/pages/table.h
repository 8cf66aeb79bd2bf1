#pragma once
#include <string>
#include <vector>

#include "nce/losses/theory/states.h"

namespace nce::cli {

/// More states than this do not fit a line.
inline constexpr int kTableStates = 12;
/// A matrix as lines of a table, with the names of the states.
std::string table_of(const losses::StateMatrix& matrix, const std::vector<std::string>& states, int decimals);

/// Words with single spaces between them, in lines of at most `width` characters. A longer word has a line of its own.
/// Lines but the first begin with `indent` spaces. No newline at the end.
std::string wrapped(const std::string& text, size_t indent = 0, size_t width = 100);

}  // namespace nce::cli
