#include "pages/differences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nce::cli {
namespace {

std::string thing_of(const Config& config, const std::string& table) {
  const Option* name = config.find(table, "name");
  return name ? name->value : "";
}

bool is_named_anyway(const std::string& table, const std::string& key) {
  return table == "loss" || table == "encoder" || (table == "data" && key == "name") ||
         (table == "run" && key == "epochs");
}

std::string shown(const std::string& table, const Option& option) {
  const std::string value = option.value.empty() ? "unset" : option.value;
  if (option.name == "name") return fmt::format("{} {}", table, value);
  return fmt::format("{}{} {}", table == "head" ? "head_" : "", option.name, value);
}

}  // namespace

std::vector<std::string> differences(const std::vector<Config>& experiments) {
  std::vector<std::string> all;
  for (const Config& config : experiments) {
    std::vector<std::string> own;
    for (const Config::Table& table : config.tables)
      for (const Option& option : table.options) {
        const auto differs = [&](const Config& other) {
          const Option* theirs = other.find(table.name, option.name);
          const bool same_thing =
              option.name == "name" || thing_of(other, table.name) == thing_of(config, table.name);
          return theirs && same_thing && theirs->value != option.value;
        };
        if (!is_named_anyway(table.name, option.name) &&
            std::any_of(experiments.begin(), experiments.end(), differs))
          own.push_back(shown(table.name, option));
      }
    all.push_back(fmt::format("{}", fmt::join(own, ", ")));
  }
  return all;
}

}  // namespace nce::cli
