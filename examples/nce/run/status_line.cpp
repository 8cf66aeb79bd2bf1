#include "run/status_line.h"

#include <unistd.h>

#include <cstdio>

namespace nce::cli {

StatusLine::StatusLine() : terminal_(isatty(STDERR_FILENO) != 0) {}

void StatusLine::draw(const std::string& line) {
  if (!terminal_) return;
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void StatusLine::clear() {
  if (drawn_) draw("");
  drawn_ = false;
}

}  // namespace nce::cli
