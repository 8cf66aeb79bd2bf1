#pragma once
#include <filesystem>
#include <set>
#include <string>

namespace CLI {
class App;  // <CLI/CLI.hpp>, which takes seconds to compile, is for the files that use it
}

/// A command's options as a file: flat TOML, a key an option, `temperature = 0.2`.
namespace nce::cli {

/// Gives each option of `command` that the command line left out the value that `file` has for it. An unknown key,
/// a section or a value that the option refuses is a `UsageError` that names file and key.
void apply_config(CLI::App& command, const std::filesystem::path& file);

/// The same for a run that is continued: what the command line gives must be what the file says, except for the
/// options `free_to_change`.
void apply_saved_config(CLI::App& command, const std::filesystem::path& file,
                        const std::set<std::string>& free_to_change);

/// Every option with its value, as `apply_config` reads it.
std::string config_text(const CLI::App& command);

}  // namespace nce::cli
