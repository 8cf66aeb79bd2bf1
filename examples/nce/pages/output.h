#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nce/losses/theory/states.h"

/// What the forms of `nce theory` share in writing their results.
namespace nce::cli {

using Json = nlohmann::ordered_json;

/// Rows of a CSV file (RFC 4180); a number that is none is an empty field.
class Csv {
 public:
  explicit Csv(const std::vector<std::string>& header) { row(header); }
  void row(const std::vector<std::string>& fields);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};
/// A number with all its digits, "" for what is none.
std::string field(double value);

/// A number as JSON has it: null for what is none.
Json json_of(double value);
Json json_of(const losses::StateMatrix& matrix);
Json json_of(const std::vector<double>& values);

/// Writes `folder/name` as a whole or not at all, and makes the folder where it is not there.
void write_file(const std::filesystem::path& folder, const std::string& name, const std::string& text);

/// More states than this do not fit a line.
inline constexpr int kTableStates = 12;
/// A matrix as lines of a table, with the names of the states.
std::string table_of(const losses::StateMatrix& matrix, const std::vector<std::string>& states, int decimals);

/// Words with single spaces between them, broken into lines of at most `width` characters (a longer word has its
/// own); the first line begins with nothing and the others with `indent` spaces. No newline at the end.
std::string wrapped(const std::string& text, size_t indent = 0, size_t width = 100);

/// "0.012", "4.1", "4.1e-08": three digits.
std::string three_digits(double value);

}  // namespace nce::cli
