#pragma once
#include <filesystem>
#include <string>

namespace nce {

/// All bytes of a file. If it is not a file, or cannot be read: an `Error` with the path and the system's reason.
std::string contents_of(const std::filesystem::path& path);

}  // namespace nce
