#pragma once
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/paths.h"

namespace nce::test {

/// A file of expected values: `golden_file("optim.json")` reads tests/reference/optim.json.
inline nlohmann::json golden_file(const std::string& name) {
  std::ifstream file(source_dir() / "tests" / "reference" / name);
  return nlohmann::json::parse(file);
}

}  // namespace nce::test
