#include "run/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "nce/core/error.h"
#include "nce/data/digest.h"

namespace nce::cli {

std::string digest_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "";
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  return fmt::format("{:016x}", data::digest(std::as_bytes(std::span(bytes))));
}

data::Split split_named(const std::string& name) {
  return name == "train" ? data::Split::train : name == "test" ? data::Split::test : data::Split::validation;
}

std::vector<std::filesystem::path> RunFolder::all_scores() const {
  std::vector<std::filesystem::path> files;
  for (const char* layer : {"encoder", "projection"})
    for (const data::Split split : {data::Split::test, data::Split::validation})
      files.push_back(scores(split, layer));
  return files;
}

void RunFolder::clear() const {
  std::vector<std::filesystem::path> files{config(), log(), log_csv(), checkpoint(), state(), best()};
  for (const auto& file : all_scores()) files.push_back(file);
  for (const auto& file : files) {
    std::error_code problem;
    std::filesystem::remove(file, problem);
    check(!problem, "{} cannot be removed: {}", file.string(), problem.message());
  }
}

void RunFolder::create() const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  check(!problem, "{} cannot be made: {}; choose a folder that can be written to with --out", folder_.string(),
        problem.message());
}

void RunFolder::check_room(uintmax_t bytes) const {
  std::error_code problem;
  const auto disk = std::filesystem::space(folder_, problem);
  if (problem) return;  // not every file system tells
  const auto mb = [](uintmax_t n) { return double(n) / 1e6; };
  check(disk.available >= bytes,
        "{}: saving this run needs {:.1f} MB more, and {:.1f} MB are free there; make room, or choose another disk "
        "with --out",
        folder_.string(), mb(bytes), mb(disk.available));
}

RunLock::RunLock(const RunFolder& run) {
  run.create();
  descriptor_ = ::open(run.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, "{} cannot be written: {}; choose a folder that can be written to with --out",
        run.lock().string(), std::strerror(errno));
  struct flock lock = {};
  lock.l_type = F_WRLCK, lock.l_whence = SEEK_SET;
  if (::fcntl(descriptor_, F_SETLK, &lock) == 0) return;
  if (errno != EACCES && errno != EAGAIN) return;  // a file system without locks: better to train than not
  ::fcntl(descriptor_, F_GETLK, &lock);
  ::close(descriptor_);
  const std::string other =
      lock.l_pid > 0 ? fmt::format("process {}", lock.l_pid) : "a process of another machine or container";
  fail("{}: {} trains there now: wait until it ends, or stop it, which saves; then add --resume",
       run.path().string(), other);
}

std::optional<int64_t> RunLock::holder(const RunFolder& run) {
  const int descriptor = ::open(run.lock().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  struct flock lock = {};
  lock.l_type = F_WRLCK, lock.l_whence = SEEK_SET;
  const bool known = ::fcntl(descriptor, F_GETLK, &lock) == 0;
  ::close(descriptor);
  if (!known || lock.l_type == F_UNLCK) return {};
  return std::max<int64_t>(lock.l_pid, 0);
}

RunLock::~RunLock() { ::close(descriptor_); }

}  // namespace nce::cli
