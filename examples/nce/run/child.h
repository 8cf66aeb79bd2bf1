#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nce::cli {

/// A program as a process of its own: what it does with its memory, or how it ends, stays there. It gets SIGTERM when this one
/// ends.
class Child {
 public:
  /// `words` are its name and arguments. `input` is what /dev/stdin holds; what it prints is added to the file `output`, and
  /// its errors to `errors` (empty: there too). 127 is the exit code of a program that cannot be started.
  Child(const std::filesystem::path& program, std::vector<std::string> words, const std::string& input,
        const std::filesystem::path& output, const std::filesystem::path& errors = {});
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  /// The exit code, or minus the signal that ended it. None: it still runs.
  std::optional<int> ended();
  /// The same, when it has ended.
  int wait();
  void terminate();

 private:
  pid_t id_;
  std::optional<int> code_ = {};
};

/// This program.
inline constexpr const char* kThisProgram = "/proc/self/exe";

}  // namespace nce::cli
