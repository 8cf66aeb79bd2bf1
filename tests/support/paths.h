#pragma once
#include <cstdlib>
#include <filesystem>

namespace nce::test {

/// The root of the source tree.
std::filesystem::path source_dir();

/// A file of the source tree: `source_file("tests/reference/ops.json")`.
inline std::filesystem::path source_file(const char* path) { return source_dir() / path; }

/// The folder of real data sets: NCE_DATA, or `shared/data` beside the source tree. It may not be there.
inline std::filesystem::path data_dir() {
  const char* given = std::getenv("NCE_DATA");
  return given ? std::filesystem::path(given) : source_dir() / ".." / "shared" / "data";
}

}  // namespace nce::test
