#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nce::cli {

/// This program once more, as a process of its own: what it does with its memory, or how it ends, stays there. It gets SIGTERM
/// when this one ends.
class Child {
 public:
  /// `nce ARGUMENTS`. `input` is what /dev/stdin holds; what it prints is added to the file `output`.
  Child(const std::vector<std::string>& arguments, const std::string& input, const std::filesystem::path& output);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  /// The exit code, or minus the signal that ended it. None: it still runs.
  std::optional<int> ended();
  void terminate();

 private:
  pid_t id_;
  std::optional<int> code_ = {};
};

}  // namespace nce::cli
