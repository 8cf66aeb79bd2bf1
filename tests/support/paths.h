#pragma once
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace nce::test {

/// The root of the source tree.
std::filesystem::path source_dir();

/// A file of the source tree: `source_file("tests/reference/ops.json")`.
inline std::filesystem::path source_file(const char* path) { return source_dir() / path; }

/// The folder of real data sets, if it holds `set`: NCE_DATA, or `shared/data` beside the source tree.
inline std::optional<std::filesystem::path> real_data(const char* set) {
  const char* given = std::getenv("NCE_DATA");
  const auto root = given ? std::filesystem::path(given) : source_dir() / ".." / "shared" / "data";
  if (std::filesystem::exists(root / set)) return root;
  MESSAGE("skipped: no ", std::string(set), " at NCE_DATA");
  return {};
}

}  // namespace nce::test
