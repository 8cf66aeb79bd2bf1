#pragma once
#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "nce/core/options.h"

/// What is wrong with a command line, in plain words: each as a `UsageError`.
namespace nce::cli {

/// Refuses what CLI11 takes: an empty value, as of an unset shell variable, and what is not decimal.
void check_values(const CLI::App& command);

/// Says in our words what CLI11 refused. `arguments` are all that the program got, without its name.
[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments);

/// Checks for `CLI::Option::check`: one of some names, a number in a range. `choices` checks nothing: it only says the names.
CLI::Validator one_of(const std::vector<std::string>& names);
CLI::Validator choices(const std::vector<std::string>& names);
/// The names that an option's check says; empty where it says none.
std::vector<std::string> choices_of(CLI::Option& option);
CLI::Validator within(const Range& range);

/// Declares --split and --layer, which say what is measured: the same for all commands that measure or show scores.
void add_split_and_layer(CLI::App& command, std::string& split, std::string& layer);

}  // namespace nce::cli
