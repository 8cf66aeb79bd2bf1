#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nce/core/options.h"

/// What config.toml of a run holds: tables of keys, `[loss]` and `temperature = 0.2`.
namespace nce::cli {

/// A configuration in which every option has its value.
class Config {
 public:
  struct Table {
    std::string name;
    std::vector<Option> options;  ///< "name" comes first where a name chooses a thing.
  };
  std::vector<Table> tables;

  /// Null where there is no such key.
  const Option* find(const std::string& table, const std::string& key) const;
  Option* find(const std::string& table, const std::string& key);
  /// The name of the thing that was chosen: `name("loss")` is "info_nce".
  const std::string& name(const std::string& table) const;
  /// The options of a table that are set, without its name: for `make_loss` and the like.
  std::vector<Setting> settings(const std::string& table) const;
};

/// "crop,flip" -> {"crop", "flip"}: the names of a list.
std::vector<std::string> split(const std::string& list, char between = ',');

/// A value that somebody gave for an option.
struct Given {
  std::string table, key, value;
  std::string origin;  ///< For errors: "--temperature", or "config.toml: [loss] temperature".
};

/// As TOML. An option without a value becomes a comment that says what this means.
std::string to_toml(const Config& config);

/// The values in a file; in each table the name comes first. A `UsageError`: a file that is not TOML, a key outside of
/// all tables, a value that is not text, a number, true or false.
std::vector<Given> read_toml(const std::filesystem::path& file);

/// Several configurations in one file: tables as in config.toml, and the lists [[table]] and [[row]] of such tables. A key
/// with a list of values, `seed = [1, 2]`, is there once for each.
struct Sweep {
  std::vector<Given> shared = {};
  std::vector<std::vector<Given>> tables = {}, rows = {};
};
/// Refuses the same as `read_toml`.
Sweep read_sweep(const std::filesystem::path& file);

}  // namespace nce::cli
