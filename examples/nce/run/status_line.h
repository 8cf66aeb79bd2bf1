#pragma once
#include <string>

namespace nce::cli {

/// One line on standard error that is drawn over. Only a terminal shows it.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine() { clear(); }
  bool on_terminal() const { return terminal_; }
  void draw(const std::string& line);
  void clear();

 private:
  bool terminal_, drawn_ = false;
};

}  // namespace nce::cli
