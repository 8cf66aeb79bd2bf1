#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace nce::cli {

/// The MD5 sum of a file, 32 hex digits: what data sets are published with. It finds damage, not malice. `read`, where given,
/// hears how many bytes were read so far. A file that cannot be read is an error.
std::string md5_of(const std::filesystem::path& path, const std::function<void(int64_t)>& read = {});

}  // namespace nce::cli
