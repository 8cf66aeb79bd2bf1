#include "progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace nce::cli {
namespace {

constexpr double kRedraw = 0.1, kPlainLine = 30, kWindow = 2;  // seconds

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string with_thousands(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (int at = int(digits.size()) - 3; at > 0; at -= 3) digits.insert(size_t(at), 1, ',');
  return digits;
}

double since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = int64_t(std::max(0.0, seconds) + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(int64_t total_steps, int64_t done_steps, int64_t views)
    : terminal_(isatty(STDERR_FILENO) != 0),
      total_(total_steps),
      steps_(done_steps),
      views_(views),
      window_start_(Clock::now()),
      last_(terminal_ ? Clock::time_point{} : Clock::now()) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

void Progress::say(const std::string& line) {
  clear();
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
  window_start_ = Clock::now();  // what was done between the steps does not count as a step's time
  window_steps_ = 0;
}

void Progress::step(const State& s) {
  ++steps_, ++window_steps_;
  if (const double window = since(window_start_); window >= kWindow || rate_ == 0) {
    seconds_a_step_ = window / double(window_steps_);
    rate_ = double(views_) / seconds_a_step_;
    window_start_ = Clock::now();
    window_steps_ = 0;
  }
  if (since(last_) < (terminal_ ? kRedraw : kPlainLine)) return;
  last_ = Clock::now();
  const std::string left = clock_text(double(total_ - steps_) * seconds_a_step_);
  const std::string facts = fmt::format("step {}/{}  loss {:.4f}  lr {:.2e}  {} views/s  left {}", s.step,
                                        s.epoch_steps, s.loss, s.lr, with_thousands(rate_), left);
  const std::string epoch = fmt::format("epoch {}/{}", s.epoch, s.epochs);
  if (!terminal_) {
    std::fputs((epoch + "  " + facts + "\n").c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  const size_t columns = terminal_width(), used = epoch.size() + facts.size() + 7;
  std::string line = epoch + "  ";
  if (columns > used + 8) {
    const size_t bar = std::min<size_t>(columns - used, 30);
    const size_t full = size_t(double(bar) * double(s.step) / double(std::max<int64_t>(s.epoch_steps, 1)));
    line += fmt::format("[{:=<{}}{:{}}]  ", "", full, "", bar - full);
  }
  line += facts;
  if (line.size() >= columns) line.resize(columns - 1);  // a line that wraps could not be drawn over
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace nce::cli
