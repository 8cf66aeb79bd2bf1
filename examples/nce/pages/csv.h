#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace nce::cli {

/// Rows of a CSV file (RFC 4180). A number that is none is an empty field.
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

/// Writes `folder/name` as a whole or not at all. Makes the folder where it is missing.
void write_file(const std::filesystem::path& folder, const std::string& name, const std::string& text);

}  // namespace nce::cli
