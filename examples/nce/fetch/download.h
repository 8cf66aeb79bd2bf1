#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace nce::cli {

/// A file to fetch by HTTP or HTTPS.
struct Download {
  std::string url;
  std::filesystem::path to;
  int64_t bytes = 0;     ///< Its published size. 0: not known.
  std::string md5 = {};  ///< Its published sum, 32 hex digits. Empty: not known.
};

struct DownloadOptions {
  int64_t stall_seconds = 60;  ///< Without a byte for so long, the server is given up.
  int tries = 5;               ///< A connection that breaks is made anew, as long as each brings something.
  /// Hears what was done, of how many bytes in all (0: not known). False: stop.
  std::function<bool(int64_t done, int64_t total)> progress = {};
};

/// Fetches a file to `to` + ".part", compares size and MD5 sum with the published ones, and moves it into place: a file
/// with its own name is whole. A part that is there is gone on with. Returns false where `progress` stopped it; the part
/// stays then, and also where the network fails. A part with a wrong sum is removed.
///
/// Errors name the address and what to do: no network, no such file (404), a server that stops to answer, a size or a
/// sum that is not the published one, a full disk, a second process that fetches the same file.
bool fetch_file(const Download& download, const DownloadOptions& options = {});

}  // namespace nce::cli
