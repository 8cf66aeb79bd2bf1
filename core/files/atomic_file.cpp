#include "nce/core/files/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "nce/core/error.h"

namespace nce {
namespace {

namespace fs = std::filesystem;

// The file behind a symbolic link, which may not exist yet. The system resolves the rest of the path. Links in /proc
// are not followed: /proc/self/fd/1 is standard output, whatever that is.
fs::path behind_links(fs::path path) {
  std::error_code problem;
  for (int links = 0; links < 40 && !path.native().starts_with("/proc/"); ++links) {
    const fs::path next = fs::read_symlink(path, problem);
    if (problem) break;                // no link
    path = path.parent_path() / next;  // `next` alone where it is absolute
  }
  return path;
}

// The temporary file is in the same folder, so that it can be renamed. If the name is long, there is no room for an ending.
fs::path temporary_for(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::string start = name.size() <= 100 ? name : fmt::format("{:016x}", std::hash<std::string>{}(name));
  return file.parent_path() / (start + ".tmp");
}

// Whether an open file still has this name.
bool is_called(int descriptor, const fs::path& name) {
  struct stat open, there;
  return ::fstat(descriptor, &open) == 0 && ::lstat(name.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(behind_links(path)) {
  struct stat former;
  const bool exists = ::stat(path.c_str(), &former) == 0;
  if (!exists && errno != ENOENT) fail_to("created");
  if (exists && S_ISDIR(former.st_mode)) errno = EISDIR, fail_to("created");
  if (exists && (!S_ISREG(former.st_mode) || target_.native().starts_with("/proc/"))) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0) fail_to("opened");
    return;
  }
  if (exists && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) fail_to("written");
  temporary_ = temporary_for(target_);
  open_temporary();
  if (exists) {  // if the system allows it: only root may change the owner
    [[maybe_unused]] const int owner = ::fchown(descriptor_, former.st_uid, former.st_gid);
    [[maybe_unused]] const int mode = ::fchmod(descriptor_, former.st_mode & 07777);
  }
}

// Only one writer at a time. If a writer was killed, its temporary file has no lock any more, and is used again.
void AtomicFile::open_temporary() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail_to("created");
    const bool alone = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    // Another writer may have renamed the temporary file in this moment. Then this is the file itself.
    if (alone && is_called(descriptor_, temporary_) && ::ftruncate(descriptor_, 0) == 0) return;
    ::close(descriptor_);
    descriptor_ = -1;
    check(alone, "{} cannot be written: another process is writing it at this moment", path_.string());
  }
  fail("{} cannot be written: its temporary file {} does not stay", path_.string(), temporary_.string());
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  ::close(descriptor_);
}

void AtomicFile::fail_to(const char* what) const {
  const int reason = errno;
  fail("{} cannot be {}: {}{}", path_.string(), what, std::strerror(reason),
       temporary_.empty() ? "" : "; a former file of that name is unchanged");
}

void AtomicFile::write(const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, from, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to("written");
    from += written, bytes -= size_t(written);
  }
}

void AtomicFile::commit() {
  if (!temporary_.empty() && (::fsync(descriptor_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0))
    fail_to("written");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (temporary_.empty()) {
    if (closed != 0) fail_to("written");
    return;
  }
  // The rename is on the disk when the folder is. Some file systems cannot sync a folder; the file is whole all the same.
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  if (const int d = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); d >= 0) {
    static_cast<void>(::fsync(d));
    ::close(d);
  }
}

}  // namespace nce
