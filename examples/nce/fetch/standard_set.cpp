#include "fetch/standard_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "fetch/checksum.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"

namespace nce::cli {

std::string file_name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

std::vector<StandardFile> downloads_of(const data::Published& published, const std::filesystem::path& root) {
  std::vector<StandardFile> files;
  for (const auto& [name, bytes, md5] : published.downloads)
    files.push_back({root / published.folder / file_name_of(name), bytes, md5, name});
  return files;
}

std::vector<StandardFile> unpacked_of(const data::Published& published, const std::filesystem::path& root) {
  std::vector<StandardFile> files;
  for (const auto& [name, bytes, md5] : published.unpacked) files.push_back({root / name, bytes, md5, ""});
  return files;
}

FileState state_of(const StandardFile& file, bool sums, const std::function<void(int64_t)>& read) {
  if (!is_there(file.path)) return FileState::absent;
  if (file.bytes > 0 && bytes_of(file.path) != file.bytes) return FileState::wrong;
  if (!sums || file.md5.empty()) return FileState::right_size;
  return md5_of(file.path, read) == file.md5 ? FileState::right : FileState::wrong;
}

bool is_archive(const std::filesystem::path& path) {
  return path.string().ends_with(".tar.gz") || path.extension() == ".zip";
}

void unpack(const std::filesystem::path& archive) {
  const std::string file = archive.string(),
                    folder = archive.has_parent_path() ? archive.parent_path().string() : ".";
  std::vector<std::string> words{"tar", "-xzf", file, "-C", folder};
  if (archive.extension() == ".zip") words = {"unzip", "-q", "-o", "-j", file, "-d", folder};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int status = 1;
  const int problem = posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ);
  if (problem == 0) waitpid(child, &status, 0);
  check(problem == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "{} was not unpacked{}; unpack it: {}", file,
        problem ? fmt::format(" ({}: {})", words[0], std::strerror(problem)) : "", fmt::join(words, " "));
}

}  // namespace nce::cli
