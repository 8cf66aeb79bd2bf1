#include "arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "config.h"
#include "nce/core/nearest.h"
#include "nce/core/number.h"
#include "usage.h"

namespace nce::cli {
namespace {

// As it would be printed: CLI11 reads 010 as octal.
template <class Integer>
bool is_decimal(const std::string& text) {
  const auto value = number_in<Integer>(text);
  return value && std::to_string(*value) == text;
}

std::vector<std::string> names_of_options(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// "--learning-rate" is the option whose help begins with "learning rate".
std::string said_so(const std::string& name, const CLI::App& command) {
  std::string words = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  std::replace(words.begin(), words.end(), '-', ' ');
  for (const CLI::Option* option : command.get_options())
    if (words.size() > 3 && option->get_description().starts_with(words)) return option->get_name();
  return "";
}

// "data list"
std::string full_name(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return (above && above->get_parent() ? full_name(*above) + " " : "") + command.get_name();
}

// The commands with a name of such an option.
void find_owners(const CLI::App& app, const std::string& name, std::vector<std::string>& owners) {
  for (const CLI::App* other : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (other->get_option_no_throw(name)) owners.push_back(full_name(*other));
    find_owners(*other, name, owners);
  }
}

// What is left over: unknown options, and words that belong to none.
void check_known(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> left = command.remaining();
  if (left.empty()) return;
  const auto first =
      std::find_if(left.begin(), left.end(), [](auto& word) { return word.size() > 1 && word[0] == '-'; });
  if (first == left.end()) {
    const std::string& word = left.front();
    std::string guess;
    for (const CLI::Option* option : command.get_options())
      if (option->get_required() && option->count() == 0)
        guess = fmt::format("; did you mean {} {}?", option->get_name(), word);
    throw UsageError(fmt::format("'{}' belongs to no option{}", word, guess));
  }
  const std::string name = first->substr(0, first->find('='));
  std::string answer = did_you_mean(name, names_of_options(command));
  if (const std::string other = said_so(name, command); answer.empty() && !other.empty())
    answer = fmt::format("did you mean {}?", other);
  std::vector<std::string> owners;
  find_owners(app, name, owners);
  if (!owners.empty()) answer = fmt::format("it is an option of {}", fmt::join(owners, ", "));
  throw UsageError(
      fmt::format("`nce {}` has no option {}{}", full_name(command), name, answer.empty() ? "" : "; " + answer));
}

std::string lower_first(std::string text) {
  if (!text.empty()) text[0] = char(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

void check_values(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    for (const std::string& value : option->results()) {
      const std::string &name = option->get_name(), &type = option->get_type_name();
      const auto check = [&](bool ok, const char* what) {
        if (!ok) throw UsageError(fmt::format("{}: '{}' is {}", name, value, what));
      };
      if (value.starts_with("--") && command.get_option_no_throw(value.substr(0, value.find('='))))
        throw UsageError(fmt::format("{}: its value is missing; {} follows it", name, value));
      if (value.empty()) throw UsageError(fmt::format("{}: its value is empty; give one or leave it out", name));
      if (option->get_expected_max() == 0) check(value == "true" || value == "false", "neither true nor false");
      if (type == "INT") check(is_decimal<int64_t>(value), "not a whole number in decimal");
      if (type == "UINT") check(is_decimal<uint64_t>(value), "not a whole number in decimal, at least 0");
      if (type == "FLOAT") check(number_in<double>(value).has_value(), "not a number");
    }
}

void refuse(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const CLI::App* chosen = &app;
  do {
    const std::vector<std::string> left = chosen->remaining();
    const std::vector<CLI::App*> below = chosen->get_subcommands();
    if (below.empty() || !left.empty())
      throw UsageError(fmt::format("'{}' stands before the command; options come after it",
                                   chosen == &app || left.empty() ? arguments.at(0) : left.front()));
    chosen = below.front();
  } while (!chosen->get_subcommands([](const CLI::App*) { return true; }).empty());
  const CLI::App& command = *chosen;
  check_values(command);
  check_known(app, command);
  const std::string text = error.what(), name = text.substr(0, text.find_first_of(": "));
  if (dynamic_cast<const CLI::ConversionError*>(&error)) {  // numbers that are none were refused above
    const size_t value = text.rfind(" = ");
    throw UsageError(fmt::format("{}: '{}' is too large or too small",
                                 text.substr(text.find('-'), value - text.find('-')), text.substr(value + 3)));
  }
  const CLI::Option* option = command.get_option_no_throw(name);
  if (!option) throw UsageError(text);
  if (dynamic_cast<const CLI::RequiredError*>(&error))
    throw UsageError(fmt::format("{} is needed: {}", name, lower_first(option->get_description())));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    if (option->count() > 1)
      throw UsageError(fmt::format("{} is given {} times; give it once", name, option->count()));
    throw UsageError(fmt::format("{}: its value is missing", name));
  }
  throw UsageError(text);
}

CLI::Validator one_of(const std::vector<std::string>& names) {
  return CLI::Validator(
      [names](std::string& value) {
        if (std::find(names.begin(), names.end(), value) != names.end()) return std::string();
        return fmt::format("there is no '{}' here; {}", value, offer(value, names));
      },
      "", fmt::format("{}", fmt::join(names, "|")));
}

CLI::Validator choices(const std::vector<std::string>& names) {
  return CLI::Validator([](std::string&) { return std::string(); }, "", fmt::format("{}", fmt::join(names, "|")));
}

std::vector<std::string> choices_of(CLI::Option& option) try {
  return split(option.get_validator()->get_name(), '|');
} catch (const CLI::OptionNotFound&) { return {}; }

CLI::Validator within(const Range& range) {
  return CLI::Validator(
      [range](std::string& value) {
        const auto number = number_in<double>(value);
        return number && range.holds(*number) ? "" : fmt::format("{}, got {}", range.text(), value);
      },
      "");
}

void add_split_and_layer(CLI::App& command, std::string& split, std::string& layer) {
  command
      .add_option("--split", split,
                  "test, or validation: what --validation held out of training, to choose settings by")
      ->check(one_of({"test", "validation"}))
      ->capture_default_str();
  command
      .add_option("--layer", layer,
                  "encoder: its features; projection: the embeddings that the loss saw, before they get length 1")
      ->check(one_of({"encoder", "projection"}))
      ->capture_default_str();
}

}  // namespace nce::cli
