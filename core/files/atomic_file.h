#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace nce {

/// Replaces a file completely or not at all. Writes go to `<path>.tmp`. `commit` waits until they are on the disk,
/// then renames the file to `path`. A kill, a full disk or an exception leaves the old file. Every failure is an
/// `Error` with the file's name and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();  ///< Without a `commit`: removes the new file; the old one stays.
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
