#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace nce {

/// Replaces a file as a whole or not at all: what is written goes to `<path>.tmp` beside it, and `commit` moves
/// that to `path` once the system has confirmed that it is on the disk. A kill, a full disk or an exception at any
/// moment leaves the former file. Every failure is an `Error` that names the file and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();  ///< Without a `commit`: removes what was written, the former file stays.
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  [[noreturn]] void fail_to(const char* what) const;
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace nce
