#include "config.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "usage.h"

namespace nce::cli {
namespace {

std::vector<CLI::ConfigItem> read_items(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw UsageError(fmt::format("{}: cannot be opened", file.string()));
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(stream);
  } catch (const CLI::Error& error) { throw UsageError(fmt::format("{}: {}", file.string(), error.what())); }
  for (const CLI::ConfigItem& item : items)
    if (!item.parents.empty())
      throw UsageError(fmt::format("{}: unknown section [{}]: keys are the names of the options, without sections",
                                   file.string(), fmt::join(item.parents, ".")));
  return items;
}

CLI::Option& option_of(CLI::App& command, const std::filesystem::path& file, const CLI::ConfigItem& item) {
  CLI::Option* option = command.get_option_no_throw("--" + item.name);
  if (!option || !option->get_configurable())
    throw UsageError(fmt::format("{}: unknown key '{}'; `nce {} --help` lists the options, which are the keys",
                                 file.string(), item.name, command.get_name()));
  return *option;
}

void set(CLI::Option& option, const std::filesystem::path& file, const CLI::ConfigItem& item) {
  try {
    option.add_result(item.inputs);
    option.run_callback();
  } catch (const CLI::Error& error) {
    throw UsageError(fmt::format("{}: key '{}': {}", file.string(), item.name, error.what()));
  }
}

bool same_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  double x = 0, y = 0;
  const auto number = [](const std::string& text, double& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
  };
  return number(a, x) && number(b, y) && x == y;
}

}  // namespace

void apply_config(CLI::App& command, const std::filesystem::path& file) {
  for (const CLI::ConfigItem& item : read_items(file)) {
    CLI::Option& option = option_of(command, file, item);
    if (option.count() == 0) set(option, file, item);
  }
}

void apply_saved_config(CLI::App& command, const std::filesystem::path& file,
                        const std::set<std::string>& free_to_change) {
  std::set<const CLI::Option*> saved;
  for (const CLI::ConfigItem& item : read_items(file)) {
    CLI::Option& option = option_of(command, file, item);
    saved.insert(&option);
    if (option.count() == 0) {
      set(option, file, item);
    } else if (!free_to_change.contains(item.name) &&
               !std::equal(option.results().begin(), option.results().end(), item.inputs.begin(), item.inputs.end(),
                           same_value)) {
      throw UsageError(fmt::format("--{} {} cannot change in a run that is continued: {} has {}", item.name,
                                   fmt::join(option.results(), " "), file.string(), fmt::join(item.inputs, " ")));
    }
  }
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0 && option->get_configurable() && !saved.contains(option) &&
        !free_to_change.contains(option->get_single_name()))
      throw UsageError(fmt::format("--{} cannot be added to a run that is continued: {} was written without it",
                                   option->get_single_name(), file.string()));
}

std::string config_text(const CLI::App& command) {
  std::istringstream all(command.config_to_str(true, false));
  std::string text;
  for (std::string line; std::getline(all, line);)
    if (!line.ends_with("=\"\"")) text += line + "\n";  // an option without a value is left out
  return text;
}

}  // namespace nce::cli
