#pragma once
#include <regex>
#include <string>
#include <vector>

/// What a page says.
namespace nce::test {

/// The first group of each match.
inline std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i) found.push_back((*i)[1]);
  return found;
}

/// Its fenced blocks of a language.
inline std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  return matches(page, "```" + language + "\n([^`]*)```");
}

}  // namespace nce::test
