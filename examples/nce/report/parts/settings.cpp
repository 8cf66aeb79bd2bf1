#include <fmt/format.h>

#include <map>
#include <set>

#include "report/part.h"

namespace nce::cli {
namespace {

// "loss" and its name, "loss.temperature" and its value.
std::vector<std::pair<std::string, std::string>> all_of(const Config& config) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Config::Table& table : config.tables)
    for (const Option& option : table.options)
      all.emplace_back(option.name == "name" ? table.name : table.name + "." + option.name, option.value);
  return all;
}

Json make(Material& material) {
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>> values;
  for (size_t r = 0; r < material.runs.size(); ++r)
    for (const auto& [key, value] : all_of(material.runs[r].config)) {
      auto& of_runs = values[key];
      if (of_runs.empty()) keys.push_back(key);
      of_runs.resize(material.runs.size());
      of_runs[r] = value;
    }
  Json same = Json::array(), columns{"run"}, rows = Json::array();
  std::vector<std::string> differing;
  for (const std::string& key : keys)
    if (const auto& of_runs = values[key]; std::set<std::string>(of_runs.begin(), of_runs.end()).size() > 1)
      differing.push_back(key), columns.push_back(key);
    else if (!of_runs.front().empty())
      same.push_back({key, of_runs.front()});
  for (size_t r = 0; r < material.runs.size() && !differing.empty(); ++r) {
    Json row{material.runs[r].name};
    for (const std::string& key : differing) row.push_back(values[key][r]);
    rows.push_back(row);
  }
  Json tables = Json::array();
  if (!rows.empty()) tables.push_back({{"title", "What differs"}, {"columns", columns}, {"rows", rows}});
  tables.push_back({{"title", material.runs.size() > 1 ? "The same in all runs" : ""},
                    {"columns", {"setting", "value"}},
                    {"text", {0, 1}},
                    {"rows", same}});
  return {{"tables", tables}};
}

}  // namespace

Part settings_part() {
  return {.id = "settings",
          .title = "Settings",
          .read = "All that decides what these runs computed, as in their config.toml.",
          .bad = "",
          .kind = "tables",
          .make = make};
}

}  // namespace nce::cli
