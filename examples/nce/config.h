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

/// A value that somebody gave for an option.
struct Given {
  std::string table, key, value;
  std::string origin;  ///< For errors: "--temperature", or "config.toml: [loss] temperature".
};

/// TOML. An option without a value becomes a comment, which says what that means.
std::string to_toml(const Config& config);

/// The values in a file, the name of each table first. A file that is not TOML, a key outside of all tables and a
/// value that is neither text, number nor true or false are a `UsageError`.
std::vector<Given> read_toml(const std::filesystem::path& file);

}  // namespace nce::cli
