#include "help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "terminal.h"

namespace nce::cli {
namespace {

constexpr size_t kLeft = 27;       // columns of what a user types
constexpr size_t kMostNames = 20;  // of options that are named without being told

size_t help_columns() {
  const size_t terminal = terminal_columns(STDOUT_FILENO);
  return terminal ? std::min<size_t>(terminal, 120) : 80;
}

// "  --lr N                   learning rate [0.002]"
std::string row(const std::string& typed, const std::string& text, size_t left = kLeft) {
  const std::string head = "  " + typed;
  const bool fits = columns_of(head) + 2 <= left;
  const std::string start =
      head + (fits ? std::string(left - columns_of(head), ' ') : "\n" + std::string(left, ' '));
  const size_t first = std::min(text.find('\n'), text.size());
  std::string rows = wrapped(start + text.substr(0, first), left, help_columns()) + "\n";
  for (size_t at = first; at < text.size();) {  // further lines
    const size_t next = std::min(text.find('\n', at + 1), text.size());
    rows +=
        wrapped(std::string(left + 2, ' ') + text.substr(at + 1, next - at - 1), left + 4, help_columns()) + "\n";
    at = next;
  }
  return rows;
}

// "-h, --help", "--lr N", "RUN..."
std::string typed(const CLI::Option& option) {
  const bool positional = option.get_positional();
  std::string text = option.get_name(positional, !positional);
  if (const size_t comma = text.find(','); comma != std::string::npos) text.insert(comma + 1, " ");
  std::string type = option.get_type_name();
  if (type == "INT" || type == "UINT" || type == "FLOAT") type = "N";
  if (!positional && option.get_type_size() != 0) text += " " + type;
  if (option.get_expected_max() == CLI::detail::expected_max_vector_size) text += positional ? "..." : " ...";
  return text;
}

}  // namespace

std::optional<std::string> Help::text_of(const CLI::Option& option, bool) const {
  const std::string value = option.get_default_str();
  return option.get_description() + (value.empty() ? "" : fmt::format(" [{}]", value)) +
         (option.get_required() ? " (needed)" : "");
}

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
  const auto options = app->get_options([](const CLI::Option* o) { return !o->get_group().empty(); });
  std::string usage = fmt::format("Usage: {}{}", name, commands.empty() ? "" : " COMMAND"), arguments;
  for (const CLI::Option* option : options)
    if (option->get_positional()) {
      usage += option->get_required() ? " " + typed(*option) : fmt::format(" [{}]", typed(*option));
      arguments += row(typed(*option), *text_of(*option, true));
    } else if (option->get_required()) {
      usage += " " + typed(*option);
    }
  std::string text = wrapped(app->get_description(), 0, help_columns()) + "\n\n" +
                     wrapped(usage + " [OPTIONS]", 2, help_columns()) + "\n";
  if (!arguments.empty()) text += "\n" + arguments;
  if (!commands.empty()) text += "\nCommands:\n";
  for (const CLI::App* command : commands) text += row(command->get_name(), command->get_description(), 14);
  for (const std::string& group : app->get_groups()) {
    std::string rows, owner;
    std::vector<std::string> rest;
    for (const CLI::Option* option : options) {
      if (option->get_group() != group || option->get_positional()) continue;
      const bool all = mode == CLI::AppFormatMode::All;
      const auto said = text_of(*option, all);
      if (!said) rest.push_back(option->get_name());
      if (!said || said->empty()) continue;
      if (const std::string now = this->owner(*option, all); now != owner)
        owner = now, rows += "\n" + wrapped("  " + (now.empty() ? "all" : now) + ":", 4, help_columns()) + "\n";
      rows += row(typed(*option), *said);
    }
    if (rest.size() > kMostNames)
      rows += fmt::format("  {}: {} options more, told by --help-all\n", others(group), rest.size());
    else if (!rest.empty())
      rows += wrapped(fmt::format("  {}: {}", others(group), fmt::join(rest, ", ")), 4, help_columns()) + "\n";
    if (!rows.empty()) text += fmt::format("\n{}:\n{}", group, rows);
  }
  if (const std::string footer = app->get_footer(); !footer.empty())
    text += "\n" + wrapped(footer, 4, help_columns()) + "\n";
  return text;
}

}  // namespace nce::cli
