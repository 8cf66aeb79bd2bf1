#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "nce/core/error.h"
#include "nce/core/nearest.h"
#include "nce/core/options.h"

namespace nce {

template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

/// A table of things of one kind, such as all encoders. Each row has a `name`. The order is that of the table; rows
/// that a program adds come last.
template <class Row>
class Catalogue {
 public:
  /// `thing` is for errors: "encoder".
  Catalogue(const char* thing, std::vector<Row> rows) : thing_(thing), rows_(std::move(rows)) {}
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

  /// The row with this name. An unknown name is an error: "no encoder is called 'vgg'; there are mlp, conv4". For a
  /// name that is nearly right it says: "did you mean conv4?".
  const Row& find(const std::string& name) const {
    for (const Row& row : rows_)
      if (row.name == name) return row;
    fail("no {} is called '{}'; {}", thing_, name, offer(name, names_of(rows_)));
  }

  /// Adds a row at the end, and returns true. A name that is already there is an error. With this line a program adds a
  /// thing of its own before `main` begins:
  ///
  ///     const bool known = nn::known_encoders().add(nn::known_encoder<MyEncoder>("mine", MyOptions{}));
  bool add(Row row) {
    for (const Row& known : rows_)
      check(known.name != row.name, "the {} '{}' is known already; choose another name", thing_, row.name);
    rows_.push_back(std::move(row));
    return true;
  }

 private:
  const char* thing_;
  std::vector<Row> rows_;
};

/// `options` with the values of `settings`. Errors: as for `set_options`.
template <class O>
O with_settings(O options, const std::vector<Setting>& settings) {
  set_options(options, settings);
  return options;
}

/// A function that lists the options of a row: `defaults`, with the values of the settings that it gets.
template <class O>
auto listed_options(const O& defaults) {
  return [defaults](const std::vector<Setting>& settings) {
    O options = with_settings(defaults, settings);
    return list_options(options);
  };
}

}  // namespace nce
