#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nce/data/catalogue.h"

/// The files of a standard set below a root, beside what was published (nce/data/published.h).
namespace nce::cli {

enum class FileState {
  absent,
  right,       ///< Size and MD5 sum are the published ones.
  right_size,  ///< The size is; no sum was published, or it was not computed.
  wrong,
};

struct StandardFile {
  std::filesystem::path path;  ///< With the root.
  int64_t bytes;               ///< Published; 0: not known.
  std::string md5;             ///< Published; empty: not known.
  std::string url;             ///< Of a download.
};

/// The name of the file behind an address: "train-images-idx3-ubyte.gz".
std::string file_name_of(const std::string& url);
/// The files to download, and those that archives hold.
std::vector<StandardFile> downloads_of(const data::Published& published, const std::filesystem::path& root);
std::vector<StandardFile> unpacked_of(const data::Published& published, const std::filesystem::path& root);

/// What a file is. Without `sums` its bytes are not read. `read` hears how many were.
FileState state_of(const StandardFile& file, bool sums, const std::function<void(int64_t)>& read = {});

/// Whether it is to be unpacked: .tar.gz and .zip are. (.gz alone is read as it is.)
bool is_archive(const std::filesystem::path& path);
/// Unpacks an archive beside itself with the system's tar or unzip; of a .zip the files alone, without its folders. An
/// error says the command to type.
void unpack(const std::filesystem::path& archive);

}  // namespace nce::cli
