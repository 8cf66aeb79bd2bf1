#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace nce {

/// Replaces a file completely or not at all. Writes go to a temporary file in the same folder, `<name>.tmp`. `commit`
/// waits until they are on the disk, then renames it. A kill, a full disk or an exception leaves the old file. Every
/// failure is an `Error` with the file's name and the system's reason.
///
/// The new file has the mode and, if possible, the owner of the old one. If there was none, the umask gives the mode. A
/// symbolic link stays: the file that it names is replaced, or made. A hard link keeps the old contents. A pipe or a
/// device (/dev/stdout, too) cannot be replaced, so it is written to directly. Errors: the file may not be written to;
/// another writer is writing it.
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
  void open_temporary();
  [[noreturn]] void fail_to(const char* what) const;
  std::filesystem::path path_;       // as given, for errors
  std::filesystem::path target_;     // the file behind its links
  std::filesystem::path temporary_;  // empty: written to directly
  int descriptor_ = -1;
};

}  // namespace nce
