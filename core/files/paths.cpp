#include "nce/core/files/paths.h"

#include "nce/core/error.h"

namespace nce {
namespace {

std::filesystem::file_type type_of(const std::filesystem::path& path) {
  std::error_code problem;
  const std::filesystem::file_type type = std::filesystem::status(path, problem).type();
  check(!problem || type == std::filesystem::file_type::not_found, "{}: {}", path.string(), problem.message());
  return type;
}

}  // namespace

bool is_there(const std::filesystem::path& path) { return type_of(path) != std::filesystem::file_type::not_found; }
bool is_folder(const std::filesystem::path& path) { return type_of(path) == std::filesystem::file_type::directory; }

int64_t bytes_of(const std::filesystem::path& path) {
  std::error_code problem;
  const uintmax_t bytes = std::filesystem::file_size(path, problem);
  check(!problem, "{}: {}", path.string(), problem.message());
  return int64_t(bytes);
}

}  // namespace nce
