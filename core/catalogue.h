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

/// An explicit table of things of one kind. A row has a `name`. Rows stand in the order of the table; those that an
/// executable adds come last.
template <class Row>
class Catalogue {
 public:
  /// `thing` is for errors: "encoder".
  Catalogue(const char* thing, std::vector<Row> rows) : thing_(thing), rows_(std::move(rows)) {}
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

  /// The row of a name. An unknown name is an error: "no encoder is called 'vgg'; there are mlp, conv4". A name that is
  /// nearly right is told from the others: "did you mean conv4?".
  const Row& find(const std::string& name) const {
    for (const Row& row : rows_)
      if (row.name == name) return row;
    fail("no {} is called '{}'; {}", thing_, name, offer(name, names_of(rows_)));
  }

  /// Adds a row at the end, and gives true. A name that is taken is an error. One line makes an executable's own thing
  /// known, before `main` looks for it:
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
