#include "run/folder.h"

#include "nce/core/error.h"

namespace nce::cli {

void RunFolder::create() const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  check(!problem, "{} cannot be made: {}; choose a folder that can be written to with --out", folder_.string(),
        problem.message());
}

}  // namespace nce::cli
