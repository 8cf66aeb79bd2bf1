#include "run/folder.h"

#include <fmt/format.h>

#include "nce/core/error.h"
#include "usage.h"

namespace nce::cli {

void RunFolder::create() const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  check(!problem, "{} cannot be made: {}; choose a folder that can be written to with --out", folder_.string(),
        problem.message());
}

void RunFolder::check_started() const {
  if (!std::filesystem::exists(config()))
    throw UsageError(fmt::format("there is no run in {} (no config.toml)", folder_.string()));
}

}  // namespace nce::cli
