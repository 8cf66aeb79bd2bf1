#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/options.h"

/// A catalogue is an explicit table of things of one kind: a vector of rows, each with a `name`.
namespace nce {

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

/// The row of a name. An unknown name is an error: "no encoder is called 'vgg'; there are mlp, conv4".
template <class Row>
const Row& find_row(const std::vector<Row>& rows, const char* thing, const std::string& name) {
  for (const Row& row : rows)
    if (row.name == name) return row;
  fail("no {} is called '{}'; there are {}", thing, name, fmt::join(names_of(rows), ", "));
}

/// Adds a row at the end, and gives true. A name that is taken is an error.
template <class Row>
bool register_row(std::vector<Row>& rows, const char* thing, Row row) {
  for (const Row& known : rows)
    check(known.name != row.name, "the {} '{}' is known already; choose another name", thing, row.name);
  rows.push_back(std::move(row));
  return true;
}

/// `options` with the values of `settings`. Errors are those of `set_options`.
template <class O>
O with_settings(O options, const std::vector<Setting>& settings) {
  set_options(options, settings);
  return options;
}

/// A row's list of options: `defaults` with the values of the settings that it is called with.
template <class O>
auto listed_options(const O& defaults) {
  return [defaults](const std::vector<Setting>& settings) {
    O options = with_settings(defaults, settings);
    return list_options(options);
  };
}

}  // namespace nce
