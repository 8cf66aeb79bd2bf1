#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "nce/core/error.h"
#include "nce/core/number.h"

namespace nce::data {

/// A text file of numbers, line by line. Lines end in "\n" or "\r\n". Errors name the file and the line.
class Lines {
 public:
  Lines(std::filesystem::path path, std::string_view text) : path_(std::move(path)), rest_(text) {}

  /// Goes to the next line; false after the last one.
  bool next() {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    ++number_;
    line_ = trimmed(line_);
    ensure(!line_.empty(), "is empty; remove it");
    return true;
  }
  /// The next value of this line. There are commas between values.
  template <class T>
  T value(const char* what) {
    const size_t comma = line_.find(',');
    const std::string_view text = trimmed(line_.substr(0, comma));
    const std::optional<T> number = number_in<T>(text);
    ensure(number.has_value(), "'{}' is not {}", shown(text), what);
    at_end_ = comma == std::string_view::npos;
    line_ = at_end_ ? std::string_view() : line_.substr(comma + 1);
    return *number;
  }
  bool at_end() const { return at_end_; }
  /// The only value of this line.
  template <class T>
  T only(const char* what) {
    const T number = value<T>(what);
    ensure(at_end_, "has more than one value");
    return number;
  }
  template <class... Args>
  void ensure(bool ok, fmt::format_string<Args...> text, Args&&... args) const {
    if (!ok) fail("{}: line {} {}", path_.string(), number_, fmt::format(text, std::forward<Args>(args)...));
  }
  int64_t number() const { return number_; }
  std::string path() const { return path_.string(); }

 private:
  static std::string_view trimmed(std::string_view text) {
    constexpr const char* kBlank = " \t\r";
    const size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
  }
  // Without the bytes that cannot be printed.
  static std::string shown(std::string_view text) {
    std::string out(text.substr(0, 40));
    for (char& c : out)
      if (c < ' ' || c > '~') c = '?';
    return out;
  }

  std::filesystem::path path_;
  std::string_view rest_, line_;
  int64_t number_ = 0;
  bool at_end_ = true;
};

}  // namespace nce::data
