// losses/README.md says what the code says.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "expected.h"
#include "nce/losses/check/conformance.h"
#include "support/paths.h"

using namespace nce::losses;
using namespace nce::test;

namespace {

std::string readme() {
  std::ifstream file(source_file("losses/README.md"));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The cells of the table whose heading begins so, by the name in the first cell.
std::map<std::string, std::vector<std::string>> table_of(const std::string& heading) {
  const std::string text = readme();
  const size_t begin = text.find(heading);
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(text.substr(begin));
  std::map<std::string, std::vector<std::string>> rows;
  std::string line;
  for (int i = 0; std::getline(lines, line) && line.starts_with("|"); ++i) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');)
      cells.push_back(cell.size() > 2 ? cell.substr(1, cell.size() - 2) : "");
    std::string name = cells.at(1);
    std::erase(name, '`');
    if (i >= 2) rows[name] = cells;
  }
  return rows;
}

}  // namespace

TEST_CASE("losses/README.md has every loss, and says right which are symmetric") {
  const auto rows = table_of("| loss | anchors |");
  std::set<std::string> expected;
  for (const Expected& row : expected_losses(8, 16, 0.2)) {
    CAPTURE(row.loss.name);
    if (!expected.insert(row.loss.name).second) continue;  // a variant; the first row is the default
    REQUIRE(rows.contains(row.loss.name));
    CHECK(rows.at(row.loss.name).at(5).starts_with("yes") == row.kind.symmetric);
  }
  CHECK(rows.size() == expected.size());
}

TEST_CASE("losses/README.md shows the number of pairs that the checker measures memory with") {
  CHECK(readme().find(fmt::format("N x N matrices for N = {}\n", kStreamingPairs)) != std::string::npos);
}
