#include "nce/core/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace nce {
namespace {

std::string plain(const std::string& name) {
  std::string text;
  for (const char c : name)
    if (c != '-' && c != '_') text += char(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The number of single changes that turn one text into the other.
size_t changes(const std::string& a, const std::string& b) {
  std::vector<size_t> all((a.size() + 1) * (b.size() + 1));
  const auto d = [&](size_t i, size_t j) -> size_t& { return all[i * (b.size() + 1) + j]; };
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d(i, j) = i + j;
        continue;
      }
      d(i, j) = std::min({d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d(i, j) = std::min(d(i, j), d(i - 2, j - 2) + 1);
    }
  return d(a.size(), b.size());
}

constexpr size_t kFar = 1000, kLongest = 64;  // a longer word is not a typing error

size_t distance(const std::string& a, const std::string& b) {
  const auto& [less, more] = std::minmax(a, b, [](auto& x, auto& y) { return x.size() < y.size(); });
  const size_t most = more.size() / 3;
  const size_t edits = more.size() - less.size() <= most ? changes(a, b) : kFar;
  if (edits <= most) return edits;
  return less.size() >= 3 && more.find(less) != std::string::npos ? 2 : kFar;
}

}  // namespace

std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
  std::vector<std::string> near;
  if (word.size() > kLongest) return near;
  const std::string wanted = plain(word);
  size_t least = kFar;
  for (const std::string& name : names) {
    const size_t far = distance(wanted, plain(name));
    if (far < least) near.clear(), least = far;
    const bool is_new = std::find(near.begin(), near.end(), name) == near.end();
    if (far == least && far < kFar && near.size() < 3 && is_new) near.push_back(name);
  }
  return near;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string> near = nearest(word, names);
  if (near.empty()) return "";
  const auto last = near.end() - 1;
  return fmt::format("did you mean {}{}{}?", fmt::join(near.begin(), last, ", "), near.size() > 1 ? " or " : "",
                     *last);
}

std::string offer(const std::string& word, const std::vector<std::string>& names) {
  const std::string guess = did_you_mean(word, names);
  return fmt::format("{}here {} {}", guess.empty() ? "t" : guess + " T", names.size() == 1 ? "is only" : "are",
                     fmt::join(names, ", "));
}

}  // namespace nce
