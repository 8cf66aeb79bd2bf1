#include "section_help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "usage.h"

namespace nce::cli {
namespace {

// Groups names by a text, in order of their first appearance.
struct Grouped {
  void add(const std::string& text, const std::string& name) {
    for (auto& [known, names] : groups)
      if (known == text) return names.push_back(name);
    groups.push_back({text, {name}});
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
};

// Empty where the help itself ends with what holds.
std::string value_of(const Option& option) {
  if (option.help.ends_with(']')) return "";
  if (option.is_flag)
    return option.value == "true" ? fmt::format("on; --{}=false turns it off", dashed(option.name)) : "";
  return option.value;
}

std::string text_of(const Option& option) {
  const std::string choices = option.choices.empty() ? "" : fmt::format(": {}", fmt::join(option.choices, ", "));
  return option.help + choices;
}

}  // namespace

// What the command line chooses. Where it is wrong, as much of it as is right: help is not the place for errors.
const Config& SectionHelp::config() const {
  if (config_) return *config_;
  std::vector<Given> given = given_(), names;
  std::copy_if(given.begin(), given.end(), std::back_inserter(names),
               [](const Given& g) { return g.key == "name"; });
  for (const auto& some : {given, names}) try {
      return config_.emplace(resolve(sections_, some));
    } catch (const UsageError&) {}
  return config_.emplace(resolve(sections_, {}));
}

// "number of layers", "temperature of the similarities [nt_xent 0.5; info_nce, dcl 0.2]"; where it has several meanings,
// "mlp: size of the first layer; conv4: channels".
std::string SectionHelp::of_all(const Section& section, const std::string& key) const {
  Grouped helps, defaults;
  for (const Row& row : section.rows)
    for (const Option& option : options_of(section, row, {})) {
      if (option.name != key) continue;
      helps.add(cli::text_of(option), row.name);
      if (const std::string value = value_of(option); !value.empty()) defaults.add(value, row.name);
    }
  std::vector<std::string> texts, values;
  for (const auto& [help, names] : helps.groups)
    texts.push_back(helps.groups.size() == 1 ? help : fmt::format("{}: {}", fmt::join(names, ", "), help));
  for (const auto& [value, names] : defaults.groups)
    values.push_back(defaults.groups.size() == 1 ? value : fmt::format("{} {}", fmt::join(names, ", "), value));
  return fmt::format("{}{}", fmt::join(texts, "; "),
                     values.empty() ? "" : fmt::format(" [{}]", fmt::join(values, "; ")));
}

// "contrastive loss: nt_xent, info_nce [info_nce]"; a line for each name where names have help of their own
std::string SectionHelp::of_name(const Section& section, bool all) const {
  const std::vector<std::string> fitting =
      section.fitting && !all ? section.fitting(config()).names : names_of(section.rows);
  std::vector<std::string> names;
  std::string lines;
  for (const Row& row : section.rows) {
    if (std::find(fitting.begin(), fitting.end(), row.name) == fitting.end()) continue;
    names.push_back(row.shown());
    if (!row.help.empty()) lines += fmt::format("\n{}: {}", row.shown(), row.help);
  }
  const std::string& chosen = config().name(section.table);
  return lines.empty() ? fmt::format("{}: {} [{}]", section.help, fmt::join(names, ", "), chosen)
                       : fmt::format("{} [{}]:{}", section.help, chosen, lines);
}

const DeclaredOption* SectionHelp::declaration_of(const CLI::Option& option) const {
  for (const DeclaredOption& declared : *declared_)
    if (declared.option == &option) return &declared;
  return nullptr;
}

// "mlp, conv4"; empty where all things of the table have the option.
std::string SectionHelp::owner(const CLI::Option& option, bool all) const {
  const DeclaredOption* declared = declaration_of(option);
  if (!all || !declared || declared->again) return "";
  std::vector<std::string> owners;
  size_t rows = 0;
  for (const Section& section : sections_)
    if (section.table == declared->table)
      for (const Row& row : section.rows) {
        ++rows;
        for (const Option& own : row.options({}))
          if (own.name == declared->key) owners.push_back(row.name);
      }
  return owners.size() == rows ? "" : fmt::format("{}", fmt::join(owners, ", "));
}

std::optional<std::string> SectionHelp::text_of(const CLI::Option& option, bool all) const {
  const DeclaredOption* declared = declaration_of(option);
  if (!declared) return Help::text_of(option, all);
  const auto& [table, key, unused, again] = *declared;
  for (const Section& section : sections_) {
    if (section.table != table) continue;
    if (key == "name" && !section.help.empty()) return of_name(section, all);
    const Option* chosen = config().find(table, key);
    if (again && !chosen) return "";
    if (all && !again) return of_all(section, key);
    if (!chosen) return {};
    std::string value = value_of(*chosen);
    std::string text = cli::text_of(*chosen);
    // "[by data set]" does not hold where a value was given, here or by a preset.
    const auto unset = [&](const Row& row) {
      for (const Option& option : row.options({}))
        if (option.name == key) return option.value.empty();
      return false;
    };
    if (text.ends_with(']') && !chosen->value.empty() &&
        std::any_of(section.rows.begin(), section.rows.end(), unset))
      text.resize(text.rfind(" [")), value = chosen->value;
    return text + (value.empty() ? "" : fmt::format(" [{}]", value)) +
           (chosen->without.empty() ? "" : fmt::format("; with --{}", chosen->without));
  }
  return {};
}

std::string SectionHelp::others(const std::string& group) const {
  for (const Section& section : sections_)
    if (group == "[" + section.table + "]" && !section.help.empty())
      return fmt::format("with another --{}", dashed(section.table));
  return "with another NAME";
}

}  // namespace nce::cli
