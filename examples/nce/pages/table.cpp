#include "pages/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nce::cli {

std::string table_of(const losses::StateMatrix& matrix, const std::vector<std::string>& states, int decimals) {
  if (matrix.states > kTableStates)
    return fmt::format("  ({0} x {0}: too large for a table here; --json has it)\n", matrix.states);
  size_t label = 5, column = 7;
  for (const std::string& state : states) label = std::max(label, state.size());
  for (const double value : matrix.values)
    if (std::isfinite(value)) column = std::max(column, fmt::format("{:.{}f}", value, decimals).size() + 2);
  std::string text = fmt::format("{:>{}}", "", label + 2);
  for (const std::string& state : states) text += fmt::format("{:>{}}", state.substr(0, column - 1), column);
  text += '\n';
  for (int i = 0; i < matrix.states; ++i) {
    text += fmt::format("{:>{}}", states[size_t(i)], label + 2);
    for (int j = 0; j < matrix.states; ++j)
      text += fmt::format(
          "{:>{}}", std::isfinite(matrix(i, j)) ? fmt::format("{:.{}f}", matrix(i, j), decimals) : "-", column);
    text += '\n';
  }
  return text;
}

}  // namespace nce::cli
