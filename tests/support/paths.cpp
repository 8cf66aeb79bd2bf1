#include "support/paths.h"

namespace nce::test {

std::filesystem::path source_dir() { return NCE_SOURCE_DIR; }

}  // namespace nce::test
