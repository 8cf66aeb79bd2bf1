#pragma once
#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace nce::cli {

/// What a shell may offer for the last of some words, given those before it: commands, options, names that an option takes.
/// Nothing where only the user knows: then shells offer files. From the same catalogues as --help.
std::vector<std::string> completions(CLI::App& app, const std::vector<std::string>& words);

/// What bash is to be told, once: `source <(nce completion bash)`.
std::string bash_completion();

}  // namespace nce::cli
