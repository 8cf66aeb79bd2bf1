#include "sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

#include "nce/core/error.h"
#include "usage.h"

namespace nce::cli {
namespace {

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool is_chosen(const Section& section) { return !section.rows.front().name.empty(); }

std::vector<Option> options_of(const Section& section, const Row& row, const Config& so_far,
                               const std::vector<Setting>& settings = {}) {
  std::vector<Setting> all;
  if (section.defaults) all = section.defaults(so_far, row.name);
  all.insert(all.end(), settings.begin(), settings.end());
  return row.options(all);
}

// Empty where `settings` cannot stand alone.
std::string value_of(const Section& section, const Row& row, const Config& so_far,
                     const std::vector<Setting>& settings, const std::string& name) try {
  for (const Option& option : options_of(section, row, so_far, settings))
    if (option.name == name) return option.value;
  return "";
} catch (const Error&) { return ""; }

bool has(const std::vector<Option>& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
}

// Groups names by a text, in order of their first appearance.
struct Grouped {
  void add(const std::string& text, const std::string& name) {
    for (auto& [known, names] : groups)
      if (known == text) return names.push_back(name);
    groups.push_back({text, {name}});
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
};

// "dcl, dclw: negatives from both views", "temperature of the similarities [nt_xent 0.5; info_nce, dcl 0.2]"
std::string help_of(const Section& section, const std::string& key) {
  Grouped helps, defaults;
  size_t owners = 0;
  for (const Row& row : section.rows)
    for (const Option& option : options_of(section, row, {})) {
      if (option.name != key) continue;
      ++owners;
      helps.add(option.help, row.name);
      if (option.is_flag && option.value == "true")
        defaults.add(fmt::format("on; --{}=false turns it off", dashed(key)), row.name);
      else if (!option.is_flag && !option.value.empty() && !option.help.ends_with(']'))
        defaults.add(option.value, row.name);
    }
  std::vector<std::string> texts, values;
  const bool all = owners == section.rows.size() && helps.groups.size() == 1;
  for (const auto& [help, names] : helps.groups)
    texts.push_back(all ? help : fmt::format("{}: {}", fmt::join(names, ", "), help));
  for (const auto& [value, names] : defaults.groups)
    values.push_back(defaults.groups.size() == 1 ? value : fmt::format("{} {}", fmt::join(names, ", "), value));
  return fmt::format("{}{}", fmt::join(texts, "; "),
                     values.empty() ? "" : fmt::format(" [{}]", fmt::join(values, "; ")));
}

std::string type_of(const Option& option) {
  if (option.is_text) return "TEXT";
  return option.choices.empty() ? "NUMBER" : fmt::format("{}", fmt::join(option.choices, "|"));
}

[[noreturn]] void refuse(const Section& section, const Given& given, const std::string& chosen) {
  std::vector<std::string> owners;
  for (const Row& row : section.rows)
    if (has(row.options({}), given.key)) owners.push_back(row.name);
  if (owners.empty())
    throw UsageError(fmt::format("{}: unknown key; `nce COMMAND --help` lists the options", given.origin));
  std::string text = fmt::format("{} is an option of {}, not of {}", given.origin, fmt::join(owners, ", "), chosen);
  if (!section.help.empty())
    text += section.several      ? fmt::format(": add {} to --{} or leave it out", owners[0], section.table)
            : owners.size() == 1 ? fmt::format(": add --{} {} or leave it out", section.table, owners[0])
                                 : fmt::format(": choose one of these with --{} or leave it out", section.table);
  throw UsageError(text);
}

// A row, and the name that was given for it: "tu", "tu:MUTAG".
struct Chosen {
  const Row* row;
  std::string name;
};

// The rows of a name, or of several with commas between them.
std::vector<Chosen> rows_named(const Section& section, const Given* given, const Config& so_far) {
  if (!is_chosen(section)) return {{&section.rows.front(), ""}};
  const Section::Fitting fitting =
      section.fitting ? section.fitting(so_far) : Section::Fitting{names_of(section.rows), section.chosen};
  const std::string& wanted = given ? given->value : fitting.chosen;
  const std::string& origin = given ? given->origin : section.table;
  std::vector<const Row*> fits;
  std::vector<std::string> shown;
  for (const Row& row : section.rows)
    if (std::find(fitting.names.begin(), fitting.names.end(), row.name) != fitting.names.end())
      fits.push_back(&row), shown.push_back(row.shown());
  std::vector<Chosen> rows;
  for (const std::string& name : section.several ? split(wanted) : std::vector{wanted}) {
    const auto row = std::find_if(fits.begin(), fits.end(), [&](const Row* r) { return r->is(name); });
    if (row == fits.end())
      throw UsageError(fmt::format("{}: there is no {} '{}' here; there are {}", origin, section.table, name,
                                   fmt::join(shown, ", ")));
    rows.push_back({*row, name});
  }
  if (rows.empty()) throw UsageError(fmt::format("{}: needs a name; there are {}", origin, fmt::join(shown, ", ")));
  return rows;
}

Config::Table resolve(const Section& section, const std::vector<Given>& given, const Config& so_far) {
  // A later name means another thing: what was said of the former one does not hold for it.
  const Given* named = nullptr;
  std::vector<Given> own;
  for (const Given& g : given) {
    if (g.table != section.table) continue;
    if (g.key != "name" || !is_chosen(section)) {
      own.push_back(g);
    } else {
      if (named && named->value != g.value) own.clear();
      named = &g;
    }
  }
  const std::vector<Chosen> rows = rows_named(section, named, so_far);
  std::vector<std::string> names;
  for (const Chosen& row : rows) names.push_back(row.name);
  const std::string chosen = fmt::format("{}", fmt::join(names, ","));
  for (const Given& g : own)
    if (std::none_of(rows.begin(), rows.end(), [&](const Chosen& c) { return has(c.row->options({}), g.key); }))
      refuse(section, g, chosen);
  Config::Table table{.name = section.table, .options = {}};
  if (is_chosen(section)) table.options.push_back({.name = "name", .help = "", .is_text = true, .value = chosen});
  for (const auto& [row, name] : rows) {
    std::vector<Setting> settings;
    const std::vector<Option> known = row->options({});
    for (const Given& g : own) {
      if (!has(known, g.key)) continue;
      try {
        row->options({{g.key, g.value}});
      } catch (const Error& error) {  // "temperature: must be ..." becomes "--temperature: must be ..."
        const std::string text = error.what();
        throw UsageError(text.starts_with(g.key + ":") ? g.origin + text.substr(g.key.size())
                                                       : fmt::format("{}: {}", g.origin, text));
      }
      settings.push_back({g.key, g.value});
    }
    try {
      for (Option& option : options_of(section, *row, so_far, settings)) table.options.push_back(std::move(option));
    } catch (const Error& error) {  // of options that are right alone
      throw UsageError(fmt::format("[{}] {}: {}", section.table, row->name, error.what()));
    }
  }
  return table;
}

}  // namespace

bool Row::is(const std::string& given) const {
  if (argument.empty()) return given == name;
  return given.starts_with(name + ":") && given.size() > name.size() + 1;
}

std::string argument_of(const std::string& given) { return given.substr(given.find(':') + 1); }

bool has_option(const Section& section, const std::string& row, const std::string& key) {
  return std::any_of(section.rows.begin(), section.rows.end(),
                     [&](const Row& r) { return r.is(row) && has(r.options({}), key); });
}

std::function<std::vector<Given>()> declare(CLI::App& command, const std::vector<Section>& sections) {
  struct Declared {
    std::string table, key;
    CLI::Option* option;
  };
  auto declared = std::make_shared<std::vector<Declared>>();
  const auto add = [&](const Section& section, const std::string& flag, const Option& option,
                       const std::string& help) {
    CLI::Option* added = option.is_flag ? command.add_flag(flag, help) : command.add_option(flag, help);
    if (!option.is_flag) added->type_name(type_of(option));
    added->group("[" + section.table + "]");
    declared->push_back({section.table, option.name, added});
  };
  for (const Section& section : sections) {
    std::vector<std::string> keys;
    std::vector<std::string> choices;
    for (const Row& row : section.rows) choices.push_back(row.shown());
    if (!section.help.empty())
      add(section, "--" + dashed(section.table), {.name = "name", .help = "", .choices = choices, .value = ""},
          section.help + (section.chosen.empty() ? "" : fmt::format(" [{}]", section.chosen)));
    for (const Row& row : section.rows)
      for (const Option& option : row.options({})) {
        if (std::find(keys.begin(), keys.end(), option.name) != keys.end()) continue;
        keys.push_back(option.name);
        const std::string flag = "--" + dashed(option.name);
        const bool taken = section.prefixed || command.get_option_no_throw(flag);
        add(section, taken ? "--" + dashed(section.table + "-" + option.name) : flag, option,
            help_of(section, option.name));
      }
  }
  return [declared] {
    std::vector<Given> given;
    for (const auto& [table, key, option] : *declared)
      if (option->count() > 0) given.push_back({table, key, option->as<std::string>(), option->get_name()});
    return given;
  };
}

Config resolve(const std::vector<Section>& sections, const std::vector<Given>& given) {
  std::vector<std::string> tables;
  for (const Section& section : sections) tables.push_back(section.table);
  for (const Given& g : given)
    if (std::find(tables.begin(), tables.end(), g.table) == tables.end())
      throw UsageError(
          fmt::format("{}: unknown table [{}]; there are {}", g.origin, g.table, fmt::join(tables, ", ")));
  for (const Given& g : given)
    if (g.value.empty())
      throw UsageError(fmt::format("{}: its value is empty; give one or leave it out", g.origin));
  Config config;
  for (const Section& section : sections) config.tables.push_back(resolve(section, given, config));
  return config;
}

std::string describe(const std::vector<Section>& sections, const Config& config, const std::string& table,
                     const std::string& always) {
  std::string name = config.name(table);
  if (const Option* shown = config.find(table, always)) name += " " + shown->value;
  std::vector<std::string> differing;
  for (const Section& section : sections)
    if (section.table == table)
      for (const Row& row : section.rows)
        if (row.is(config.name(table)))
          for (const Option& now : options_of(section, row, config, config.settings(table))) {
            std::vector<Setting> others = config.settings(table);  // a value that follows from these is not said
            std::erase_if(others, [&](const Setting& s) { return s.name == now.name; });
            if (now.name != always && value_of(section, row, config, others, now.name) != now.value)
              differing.push_back(fmt::format("{} {}", now.name, now.value));
          }
  return differing.empty() ? name : fmt::format("{} ({})", name, fmt::join(differing, ", "));
}

}  // namespace nce::cli
