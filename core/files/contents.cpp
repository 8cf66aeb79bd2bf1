#include "nce/core/files/contents.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"

namespace nce {

std::string contents_of(const std::filesystem::path& path) {
  check(!is_folder(path), "{}: is a folder, not a file", path.string());
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace nce
