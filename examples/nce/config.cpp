#include "config.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "usage.h"

namespace nce::cli {
namespace {

bool is_quoted(const Option& option) { return option.is_text || !option.choices.empty(); }

// A TOML basic string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string text_of(const toml::node& node, const std::string& origin) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw UsageError(fmt::format("{}: must be a text, a number, true or false", origin));
}

}  // namespace

const Option* Config::find(const std::string& table, const std::string& key) const {
  for (const Table& t : tables)
    if (t.name == table)
      for (const Option& option : t.options)
        if (option.name == key) return &option;
  return nullptr;
}

Option* Config::find(const std::string& table, const std::string& key) {
  return const_cast<Option*>(std::as_const(*this).find(table, key));
}

const std::string& Config::name(const std::string& table) const {
  const Option* name = find(table, "name");
  check(name, "the configuration lacks [{}] name", table);
  return name->value;
}

std::vector<Setting> Config::settings(const std::string& table) const {
  std::vector<Setting> settings;
  for (const Table& t : tables)
    if (t.name == table)
      for (const Option& option : t.options)
        if (option.name != "name" && !option.value.empty()) settings.push_back({option.name, option.value});
  return settings;
}

std::vector<std::string> split(const std::string& list, char between) {
  std::vector<std::string> names;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, between);) names.push_back(name);
  return names;
}

std::string to_toml(const Config& config) {
  std::string text;
  for (const Config::Table& table : config.tables) {
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table.name);
    for (const Option& option : table.options) {
      if (option.value.empty())
        text += fmt::format("# {} is not set: {}\n", option.name, option.help);
      else
        text += fmt::format("{} = {}\n", option.name, is_quoted(option) ? quoted(option.value) : option.value);
    }
  }
  return text;
}

std::vector<Given> read_toml(const std::filesystem::path& file) {
  if (is_folder(file))
    throw UsageError(
        fmt::format("{}: is a folder, not a file; a run's options are in its config.toml", file.string()));
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw UsageError(fmt::format("{}: cannot be opened", file.string()));
  toml::table document;
  try {
    document = toml::parse(stream, file.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: line {}: {}", file.string(), error.source().begin.line, error.description()));
  }
  std::vector<Given> given;
  for (const auto& [table, node] : document) {
    const std::string name(table.str());
    const toml::table* keys = node.as_table();
    if (!keys)
      throw UsageError(fmt::format(
          "{}: key '{}' is in no table; keys belong in [data], [loss] and so on. Files of older versions "
          "of nce had no tables: they are not read any more",
          file.string(), name));
    const size_t first = given.size();
    for (const auto& [key, value] : *keys) {
      const std::string origin = fmt::format("{}: [{}] {}", file.string(), name, key.str());
      given.push_back({name, std::string(key.str()), text_of(value, origin), origin});
    }
    std::stable_partition(given.begin() + ptrdiff_t(first), given.end(),
                          [](const Given& g) { return g.key == "name"; });
  }
  return given;
}

}  // namespace nce::cli
