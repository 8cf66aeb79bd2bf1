#include "run/folder.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "nce/core/error.h"
#include "nce/data/digest.h"

namespace nce::cli {

std::string RunFolder::weights() const {
  std::ifstream file(checkpoint(), std::ios::binary);
  if (!file) return "";
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  return fmt::format("{:016x}", data::digest(std::as_bytes(std::span(bytes))));
}

void RunFolder::create() const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  check(!problem, "{} cannot be made: {}; choose a folder that can be written to with --out", folder_.string(),
        problem.message());
}

}  // namespace nce::cli
