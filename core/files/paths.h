#pragma once
#include <cstdint>
#include <filesystem>

/// Questions about a path. If the system does not answer, that is an `Error` with the path and the system's reason,
/// such as "DIR/a: Permission denied". (The functions of the standard library throw other exceptions.)
namespace nce {

/// Whether there is a file, a folder or anything else.
bool is_there(const std::filesystem::path& path);
/// Whether there is a folder.
bool is_folder(const std::filesystem::path& path);
/// The size of a file in bytes.
int64_t bytes_of(const std::filesystem::path& path);

}  // namespace nce
