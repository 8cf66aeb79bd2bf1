#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// The command line of the benchmark programs.
namespace nce::bench {

/// The request makes no sense: exit code 2.
struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The arguments one by one: `for (Arguments left(argc, argv); left.more();) if (left.flag("--json")) ...`.
/// Each of these looks at the next one and takes it if it fits.
class Arguments {
 public:
  Arguments(int argc, char** argv) : words_(argv + 1, argv + argc) {}
  bool more() const { return at_ < words_.size(); }
  /// True if it is `name`.
  bool flag(const std::string& name);
  /// True if it is `name`, with a whole number from 1 to `most` after it.
  bool number(const std::string& name, int64_t most, int64_t& value);
  /// True if it is `name`, with a number of views after it: even, at least 4.
  bool views(const std::string& name, int64_t& value);
  /// True if it is `name`, with one of `choices` after it.
  bool choice(const std::string& name, const std::vector<std::string>& choices, std::string& value);
  /// A word that is no option; an option is an error.
  std::string word();

 private:
  std::string value_of(const std::string& name, const std::string& wanted);
  std::vector<std::string> words_;
  size_t at_ = 0;
};

/// Runs a program's body. An exception becomes a line on stderr and exit code 1. A `Usage` also prints `usage`, and
/// gives exit code 2.
int run_program(const char* name, const char* usage, int (*body)(Arguments), int argc, char** argv);

}  // namespace nce::bench
