#pragma once
#include <functional>
#include <string>
#include <vector>

#include "command.h"
#include "config.h"
#include "nce/core/catalogue.h"

/// From catalogues to the command line, config.toml and back: nothing here knows the name of a loss or an option.
namespace nce::cli {

/// A row of a catalogue, as far as options go.
struct Row {
  std::string name;  ///< Empty: a section that is there without being chosen.
  /// All its options with their values after `settings`. An impossible value is an error.
  std::function<std::vector<Option>(const std::vector<Setting>& settings)> options;
  /// What must follow the name behind a colon, as the help writes it: "NAME" for `--data tu:NAME`. Empty: nothing.
  std::string argument = {};
  /// Whether a list may hold it several times, as "blur" and "blur2", and whether a list may be for one view: "a,b/a,c".
  bool numbered = false;
  std::string help = {};  ///< What it is, for the help of --TABLE. Mostly empty.

  /// Whether `given` names this row: "tu:MUTAG" does.
  bool is(const std::string& given) const;
  /// "tu:NAME"
  std::string shown() const { return argument.empty() ? name : name + ":" + argument; }
};

/// What follows the name of a row: "MUTAG" of "tu:MUTAG".
std::string argument_of(const std::string& given);

/// The row of a thing with default constructor and `fields`.
template <class T>
Row row_of(std::string name = "", std::string argument = "") {
  return {std::move(name), listed_options(T{}), std::move(argument)};
}

/// The rows of a catalogue whose rows have a name and options.
template <class Known>
std::vector<Row> rows_of(const Catalogue<Known>& catalogue) {
  std::vector<Row> rows;
  for (const Known& known : catalogue) rows.push_back({known.name, known.options});
  return rows;
}

/// A table of config.toml and a group of `--help`. With named rows, `--TABLE NAME` chooses one of them, and only the
/// options of that one may be given.
struct Section {
  std::string table;
  std::string help;  ///< Of --TABLE; empty: there is no such option.
  std::vector<Row> rows;
  std::string chosen = "";  ///< By default.
  /// The rows that fit what earlier sections chose, and the default among them. Unset: all fit, and `chosen`.
  struct Fitting {
    std::vector<std::string> names;
    std::string chosen;
  };
  std::function<Fitting(const Config& so_far)> fitting = {};
  /// Values that a row has by default here, in place of its own. They may depend on earlier sections.
  std::function<std::vector<Setting>(const Config& so_far, const Row& row)> defaults = {};
  /// Whether options carry the table's name: --head-dim.
  bool prefixed = false;
  /// Whether several rows are chosen at once, in order: --views crop,flip.
  bool several = false;
  /// A later section whose values follow from what this one chooses: another choice forgets those given before it.
  std::string leads = "";
  /// Of an option that the chosen row does not have: which rows may be meant, as "mnist" by the --root of its folder.
  std::function<std::vector<std::string>(const Given&)> meant = {};
};

/// The options of a row as a section has them, with their values after `settings`.
std::vector<Option> options_of(const Section& section, const Row& row, const Config& so_far,
                               const std::vector<Setting>& settings = {});
/// "tau_plus" -> "tau-plus"
std::string dashed(std::string name);

bool has_option(const Section& section, const std::string& row, const std::string& key);

/// Declares the options of all sections: an option that several rows have appears once. A flag that an earlier section
/// has, or a later one without a choice, gets the table's name: --schedule-gamma. Call the result after parsing: what the command line gave, a value that is
/// given twice as two. `--help`
/// tells the options of the things that the command line chooses, --help-all those of all (section_help.h). `chosen`
/// is what else the command line says.
std::function<std::vector<Given>()> declare(CLI::App& command, const std::vector<Section>& sections,
                                            std::function<std::vector<Given>()> chosen = {});

/// The configuration with what was given; later values win. What cannot be is a `UsageError`.
Config resolve(const std::vector<Section>& sections, const std::vector<Given>& given);

/// The thing that a table chose in a few words: "sc_info_nce 0.2 (gamma -0.2)". First the option `always`, where there
/// is one of that name; in brackets the options that differ from their defaults.
std::string describe(const std::vector<Section>& sections, const Config& config, const std::string& table,
                     const std::string& always = "");

}  // namespace nce::cli
