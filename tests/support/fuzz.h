#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "support/files.h"

/// A fuzz target: what a parser of the project does with any bytes. It may refuse them with an `nce::Error` and its like,
/// and must catch that. Anything else that it throws is a finding, as is a crash.
///
///     NCE_FUZZ("idx", bytes) { refusable([&] { data::read_idx(file_of(bytes)); }); }
///
/// It is a test case, which runs tests/fuzz/corpus/NAME and mutations of it; and with NCE_LIBFUZZER a program of
/// libFuzzer's.
#ifdef NCE_LIBFUZZER
#define NCE_FUZZ(name, bytes)                                               \
  static void fuzz_one(std::string_view bytes);                             \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    fuzz_one({reinterpret_cast<const char*>(data), size});                  \
    return 0;                                                               \
  }                                                                         \
  static void fuzz_one(std::string_view bytes)
#else
#include "support/replay.h"
#define NCE_FUZZ(name, bytes)                                                                                   \
  static void fuzz_one(std::string_view bytes);                                                                 \
  TEST_CASE(name ": damaged files are refused, or make something sound") { nce::test::replay(name, fuzz_one); } \
  static void fuzz_one(std::string_view bytes)
#endif

namespace nce::test {

// Files of targets lie in memory where the system has a folder for that: a disk is slow.
inline const bool kInMemory = access("/dev/shm", W_OK) == 0 && setenv("TMPDIR", "/dev/shm", 0) == 0;

/// A finding where `right` is false.
inline void sound(bool right) {
  if (!right) std::abort();
}

/// Runs `parse`, which may refuse.
template <class F>
void refusable(F parse) {
  try {
    parse();
  } catch (const Error&) {}
}

/// The bytes cut in `count` parts at the marker "<|>"; the last has the rest.
inline std::vector<std::string_view> parts_of(std::string_view bytes, size_t count) {
  constexpr std::string_view kMarker = "<|>";
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const size_t end = std::min(bytes.find(kMarker), bytes.size());
    parts.push_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + kMarker.size(), bytes.size()));
  }
  parts.push_back(bytes);
  return parts;
}

/// The first two lines: where lines are read one by one, more of them take time and show nothing new.
inline std::string_view few_lines(std::string_view text) {
  size_t end = 0;
  for (int line = 0; line < 2 && end < text.size(); ++line)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return text.substr(0, end);
}

/// A file in memory, for parsers that take a path.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory can be made");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  /// Replaces what it holds. Its path stays the same.
  std::string write(std::string_view bytes) const {
    if (ftruncate(descriptor_, 0) != 0 ||
        pwrite(descriptor_, bytes.data(), bytes.size(), 0) != ssize_t(bytes.size()))
      throw std::runtime_error("the file in memory cannot be written");
    return path();
  }
  /// Cuts it off, or lets it go on with zeros.
  void resize(size_t bytes) const {
    if (ftruncate(descriptor_, off_t(bytes)) != 0) throw std::runtime_error("the file in memory has no size");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// A folder with links to files in memory, for parsers that take a folder.
class LinkedFolder {
 public:
  explicit LinkedFolder(const std::vector<std::pair<std::string, const MemoryFile*>>& files) {
    for (const auto& [name, file] : files) {
      std::filesystem::create_directories((folder_ / name).parent_path());
      std::filesystem::create_symlink(file->path(), folder_ / name);
    }
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// The path of a file that holds these bytes until the next call.
inline std::string file_of(std::string_view bytes) {
  static const MemoryFile file;
  return file.write(bytes);
}

}  // namespace nce::test
