#include "terminal.h"

#include <fmt/color.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace nce::cli {
namespace {

bool has_colours(int descriptor) {
  const char *none = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  return isatty(descriptor) && !(none && *none) && terminal && *terminal && std::string_view(terminal) != "dumb";
}

}  // namespace

size_t terminal_columns(int descriptor) {
  if (!isatty(descriptor)) return 0;
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? std::max<size_t>(size.ws_col, 40) : 80;
}

size_t page_columns() {
  const size_t columns = terminal_columns(STDOUT_FILENO);
  return columns ? std::min<size_t>(columns, 100) : 100;
}

size_t columns_of(const std::string& text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string wrapped(const std::string& text, size_t indent, size_t width) {
  std::string out;
  size_t column = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      out += '\n', column = 0, ++at;
      continue;
    }
    const size_t begin = std::min(text.find_first_not_of(' ', at), text.size());
    const size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (column > 0 && column + (begin - at) + columns_of(word) > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!word.empty()) {
      out += text.substr(at, begin - at);
      column += begin - at;
    }
    out += word, column += columns_of(word), at = end;
  }
  return out;
}

std::string fitted(int descriptor, const std::string& text, size_t indent) {
  const size_t columns = terminal_columns(descriptor);
  return columns ? wrapped(text, indent, columns) : text;
}

void complain(Tone tone, const std::string& text) {
  std::string line = fitted(STDERR_FILENO, "nce: " + text, 5);
  if (has_colours(STDERR_FILENO)) {
    const auto colour = fmt::fg(tone == Tone::error ? fmt::terminal_color::red : fmt::terminal_color::yellow);
    line.replace(0, 4, fmt::format(colour | fmt::emphasis::bold, "nce:"));
  }
  std::fputs((line + '\n').c_str(), stderr);
}

}  // namespace nce::cli
