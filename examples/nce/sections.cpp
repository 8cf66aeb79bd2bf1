#include "sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "arguments.h"
#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/data/views/names.h"
#include "section_help.h"
#include "usage.h"

namespace nce::cli {
namespace {

bool is_chosen(const Section& section) { return !section.rows.front().name.empty(); }

// A row that a list holds once more: "blur" and "2" are "blur2", whose options are `min_sigma2` and so on.
Row numbered(const Row& row, const std::string& number) {
  if (number.empty()) return row;
  return {.name = row.name + number, .options = [row, number](std::vector<Setting> settings) {
            for (Setting& setting : settings)
              if (setting.name.ends_with(number)) setting.name.resize(setting.name.size() - number.size());
            std::vector<Option> options = row.options(settings);
            for (Option& option : options) option.name += number;
            return options;
          }};
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

[[noreturn]] void refuse(const Section& section, const Given& given, const std::string& chosen) {
  std::vector<std::string> owners;
  for (const Row& row : section.rows) {
    const std::string number = row.numbered ? data::number_of(given.key) : "";
    if (has(numbered(row, number).options({}), given.key)) owners.push_back(row.shown() + number);
  }
  if (owners.empty()) {
    std::vector<std::string> keys;
    for (const Row& row : section.rows)
      for (const Option& option : row.options({})) keys.push_back(option.name);
    const std::string guess = did_you_mean(given.key, keys);
    throw UsageError(fmt::format("{}: unknown key; {}", given.origin,
                                 guess.empty() ? "`nce COMMAND --help` lists the options" : guess));
  }
  std::string text = fmt::format("{} is an option of {}, not of {}", given.origin, fmt::join(owners, ", "), chosen);
  const auto meant = section.meant ? section.meant(given) : std::vector<std::string>();
  if (!meant.empty())
    text += fmt::format(": add --{} {}, or leave it out", section.table, fmt::join(meant, " or "));
  else if (!section.help.empty())
    text += section.several      ? fmt::format(": add {} to --{} or leave it out", owners[0], section.table)
            : owners.size() == 1 ? fmt::format(": add --{} {} or leave it out", section.table, owners[0])
                                 : fmt::format(": choose one of these with --{} or leave it out", section.table);
  throw UsageError(text);
}

// An option without an effect, given on the command line with a value of its own. (A file may be of another choice.)
void refuse_idle(const Option& option, const std::vector<Option>& before, const std::vector<Given>& given) {
  if (option.without.empty()) return;
  for (const Given& g : given)
    if (g.key == option.name && g.origin.starts_with("--") &&
        std::none_of(before.begin(), before.end(),
                     [&](const Option& o) { return o.name == option.name && o.value == option.value; }))
      throw UsageError(fmt::format("{} has no effect without --{}: add it, or leave {} out", g.origin,
                                   option.without, g.origin));
}

// A row, and the name that was given for it: "tu", "tu:MUTAG".
struct Chosen {
  Row row;
  std::string name;
};

// The lists of names in a text: "crop,flip/crop,blur".
std::vector<std::vector<std::string>> lists_in(const std::string& text) {
  std::vector<std::vector<std::string>> lists;
  for (const std::string& list : split(text, '/')) lists.push_back(split(list));
  return lists;
}

// The same without empty names.
std::string tidied(const std::string& text) {
  std::vector<std::string> lists;
  for (const auto& list : lists_in(text)) lists.push_back(fmt::format("{}", fmt::join(list, ",")));
  return fmt::format("{}", fmt::join(lists, "/"));
}

// The rows of a name, or of a list with commas between them, or of several lists with slashes between them.
std::vector<Chosen> rows_named(const Section& section, const Given* given, const Config& so_far) {
  if (!is_chosen(section)) return {{section.rows.front(), ""}};
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
  std::vector<std::vector<std::string>> lists{{wanted}};
  if (section.several) lists = lists_in(wanted);
  for (const std::vector<std::string>& list : lists) {
    if (lists.size() > 1 && list.empty())
      throw UsageError(fmt::format("{}: {}: a list beside a slash is empty; take the slash out, or fill the list",
                                   origin, wanted));
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string& name = list[i];
      std::string number;
      auto row = std::find_if(fits.begin(), fits.end(), [&](const Row* r) { return r->is(name); });
      if (row == fits.end()) {
        number = data::number_of(name);
        row = std::find_if(fits.begin(), fits.end(),
                           [&](const Row* r) { return r->numbered && r->name + number == name; });
      }
      if (row == fits.end())
        throw UsageError(
            fmt::format("{}: there is no {} '{}' here; {}", origin, section.table, name, offer(name, shown)));
      if (!(*row)->numbered && lists.size() > 1)
        throw UsageError(fmt::format("{}: {}: a list for each view is only there for images", origin, wanted));
      if ((*row)->numbered && std::find(list.begin(), list.begin() + i, name) != list.begin() + i)
        throw UsageError(
            fmt::format("{}: '{}' is in the list twice; call the second one '{}2'", origin, name, (*row)->name));
      if (!(*row)->numbered ||
          std::none_of(rows.begin(), rows.end(), [&](const Chosen& c) { return c.name == name; }))
        rows.push_back({numbered(**row, number), name});
    }
  }
  if (rows.empty()) throw UsageError(fmt::format("{}: needs a name; there are {}", origin, fmt::join(shown, ", ")));
  return rows;
}

// Without what was given for a section before another choice of the one that leads it: `--augment byol` after a file.
std::vector<Given> without_followers(const std::vector<Section>& sections, const std::vector<Given>& given) {
  std::vector<Given> kept;
  std::map<std::string, std::string> chosen;  // by leading table
  for (const Given& g : given) {
    for (const Section& section : sections)
      if (!section.leads.empty() && g.table == section.table && g.key == "name" &&
          std::exchange(chosen[g.table], g.value) != g.value)
        std::erase_if(kept, [&](const Given& k) { return k.table == section.leads; });
    kept.push_back(g);
  }
  return kept;
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
  std::string chosen = named ? named->value : section.fitting ? section.fitting(so_far).chosen : section.chosen;
  if (section.several) chosen = tidied(chosen);
  for (const Given& g : own)
    if (std::none_of(rows.begin(), rows.end(), [&](const Chosen& c) { return has(c.row.options({}), g.key); }))
      refuse(section, g, chosen);
  Config::Table table{.name = section.table, .options = {}};
  if (is_chosen(section)) table.options.push_back({.name = "name", .help = "", .is_text = true, .value = chosen});
  for (const auto& [row, name] : rows) {
    std::vector<Setting> settings;
    const std::vector<Option> known = row.options({});
    for (const Given& g : own) {
      if (!has(known, g.key)) continue;
      try {
        row.options({{g.key, g.value}});
      } catch (const Error& error) {  // "temperature: must be ..." becomes "--temperature: must be ..."
        const std::string text = error.what(), name = text.substr(0, text.find(':'));
        throw UsageError(g.key.starts_with(name) ? g.origin + text.substr(name.size())  // "blur" of "blur2"
                                                 : fmt::format("{}: {}", g.origin, text));
      }
      settings.push_back({g.key, g.value});
    }
    try {
      const std::vector<Option> before = options_of(section, row, so_far);
      for (Option& option : options_of(section, row, so_far, settings)) {
        refuse_idle(option, before, own);
        table.options.push_back(std::move(option));
      }
    } catch (const Error& error) {  // of options that are right alone
      throw UsageError(fmt::format("[{}] {}: {}", section.table, row.name, error.what()));
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

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::vector<Option> options_of(const Section& section, const Row& row, const Config& so_far,
                               const std::vector<Setting>& settings) {
  std::vector<Setting> all;
  if (section.defaults) all = section.defaults(so_far, row);
  all.insert(all.end(), settings.begin(), settings.end());
  return row.options(all);
}

bool has_option(const Section& section, const std::string& row, const std::string& key) {
  return std::any_of(section.rows.begin(), section.rows.end(),
                     [&](const Row& r) { return r.is(row) && has(r.options({}), key); });
}

std::function<std::vector<Given>()> declare(CLI::App& command, const std::vector<Section>& sections,
                                            std::function<std::vector<Given>()> chosen) {
  auto declared = std::make_shared<std::vector<DeclaredOption>>();
  const auto add = [&](const Section& section, const std::string& flag, const Option& option, bool again = false) {
    CLI::Option* added = option.is_flag ? command.add_flag(flag) : command.add_option(flag);
    if (!option.is_flag) added->type_name(option.is_text ? "TEXT" : option.choices.empty() ? "N" : "NAME");
    if (!option.choices.empty()) added->check(choices(option.choices));
    added->description(option.help)->group("[" + section.table + "]");
    declared->push_back({section.table, option.name, added, again});
  };
  // What every command line has comes before what one choice brings: --keep is of [run], --views-keep of a subgraph.
  std::set<std::string> always;
  for (const Section& section : sections)
    if (!is_chosen(section) && !section.prefixed)
      for (const Option& option : section.rows.front().options({})) always.insert(option.name);
  for (const Section& section : sections) {
    std::vector<std::string> keys;
    std::vector<std::string> choices;
    for (const Row& row : section.rows) choices.push_back(row.shown());
    if (!section.help.empty())
      add(section, "--" + dashed(section.table),
          {.name = "name", .help = section.help, .choices = choices, .value = ""});
    std::vector<Row> rows = section.rows;
    for (const char* number : {"2", "3", "4"})
      for (const Row& row : section.rows)
        if (row.numbered) rows.push_back(numbered(row, number));
    for (size_t i = 0; i < rows.size(); ++i)
      for (const Option& option : rows[i].options({})) {
        if (std::find(keys.begin(), keys.end(), option.name) != keys.end()) continue;
        keys.push_back(option.name);
        const std::string flag = "--" + dashed(option.name);
        const bool taken = section.prefixed || command.get_option_no_throw(flag) ||
                           (is_chosen(section) && always.contains(option.name));
        add(section, taken ? "--" + dashed(section.table + "-" + option.name) : flag, option,
            i >= section.rows.size());
      }
  }
  const auto given = [declared] {
    std::vector<Given> all;
    for (const auto& [table, key, option, again] : *declared)
      for (const std::string& value : option->results()) all.push_back({table, key, value, option->get_name()});
    return all;
  };
  command.set_help_all_flag("--help-all", "Also the options of all that could be chosen");
  command.formatter(std::make_shared<SectionHelp>(sections, declared, [given, chosen] {
    std::vector<Given> all = chosen ? chosen() : std::vector<Given>();
    for (const Given& g : given()) all.push_back(g);
    return all;
  }));
  return given;
}

Config resolve(const std::vector<Section>& sections, const std::vector<Given>& given) {
  std::vector<std::string> tables;
  for (const Section& section : sections) tables.push_back(section.table);
  for (const Given& g : given)
    if (std::find(tables.begin(), tables.end(), g.table) == tables.end())
      throw UsageError(fmt::format("{}: unknown table [{}]; {}", g.origin, g.table, offer(g.table, tables)));
  for (const Given& g : given)
    if (g.value.empty())
      throw UsageError(fmt::format("{}: its value is empty; give one or leave it out", g.origin));
  const std::vector<Given> kept = without_followers(sections, given);
  Config config;
  for (const Section& section : sections) config.tables.push_back(resolve(section, kept, config));
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
