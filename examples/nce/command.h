#pragma once
#include <functional>
#include <span>

namespace CLI {
class App;  // <CLI/CLI.hpp> takes seconds to compile: only the files that use it include it
}

namespace nce::cli {

/// Runs a command after its options were parsed: the exit code.
using Run = std::function<int()>;

/// A command of the program. To add one: its file in commands/, and a row of the table in program.cpp.
struct Command {
  const char* name;
  const char* help;
  Run (*add)(CLI::App& command);  ///< Declares the options of the command. Null where there are commands below it.
  std::span<const Command> below = {};  ///< `list` of `nce data list`.
};

}  // namespace nce::cli
