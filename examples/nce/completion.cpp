#include "completion.h"

#include <algorithm>

#include "arguments.h"

namespace nce::cli {
namespace {

std::vector<std::string> beginning(const std::string& start, const std::vector<std::string>& names) {
  std::vector<std::string> fitting;
  std::copy_if(names.begin(), names.end(), std::back_inserter(fitting),
               [&](const std::string& name) { return name.starts_with(start); });
  return fitting;
}

}  // namespace

std::vector<std::string> completions(CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  CLI::App* command = &app;
  std::vector<CLI::App*> commands;
  size_t at = 0;
  for (;; ++at) {
    commands = command->get_subcommands([](const CLI::App*) { return true; });
    if (at + 1 >= words.size()) break;
    const auto below =
        std::find_if(commands.begin(), commands.end(), [&](auto* c) { return c->get_name() == words[at]; });
    if (below == commands.end()) break;
    command = *below;
  }
  const std::string& last = words.back();
  std::vector<std::string> names;
  if (!commands.empty() && at + 1 == words.size() && !last.starts_with('-')) {
    for (const CLI::App* below : commands) names.push_back(below->get_name());
    return beginning(last, names);
  }
  if (words.size() >= 2 && !last.starts_with('-'))
    if (CLI::Option* option = command->get_option_no_throw(words[words.size() - 2]);
        option && option->get_expected_max() > 0) {
      // Of a list, "crop,fl": the last name.
      const size_t comma = last.rfind(',') == std::string::npos ? 0 : last.rfind(',') + 1;
      for (const std::string& name : beginning(last.substr(comma), choices_of(*option)))
        names.push_back(last.substr(0, comma) + name);
      return names;
    }
  if (!last.starts_with('-')) return {};
  for (const CLI::Option* option : command->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return beginning(last, names);
}

std::string bash_completion() {
  return R"(_nce() {
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _nce nce
)";
}

}  // namespace nce::cli
