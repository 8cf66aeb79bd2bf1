#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// The command line of the benchmark programs.
namespace nce::bench {

/// What was asked for makes no sense: exit code 2.
struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The arguments one by one: `for (Arguments left(argc, argv); left.more();) if (left.flag("--json")) ...`.
class Arguments {
 public:
  Arguments(int argc, char** argv) : words_(argv + 1, argv + argc) {}
  bool more() const { return at_ < words_.size(); }
  /// Whether the next one is `name`; takes it then.
  bool flag(const std::string& name);
  /// The same, with a whole number from 1 to `most` after it.
  bool number(const std::string& name, int64_t most, int64_t& value);
  /// The same, with a number of views after it: even, at least 4.
  bool views(const std::string& name, int64_t& value);
  /// The same, with one of `choices` after it.
  bool choice(const std::string& name, const std::vector<std::string>& choices, std::string& value);
  /// Takes the next one, which must not be an option.
  std::string word();

 private:
  std::string value_of(const std::string& name, const std::string& wanted);
  std::vector<std::string> words_;
  size_t at_ = 0;
};

/// Runs a program's body: what it throws becomes a line on stderr, with `usage` where that helps, and an exit code
/// of 1 or 2.
int run_program(const char* name, const char* usage, int (*body)(Arguments), int argc, char** argv);

}  // namespace nce::bench
