#pragma once
#include <filesystem>
#include <string>

namespace nce {

/// All bytes of a file. What is no file, or cannot be read, is an `Error` with the path and the system's reason.
std::string contents_of(const std::filesystem::path& path);

}  // namespace nce
