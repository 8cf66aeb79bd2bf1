#include "run/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "pages/numbers.h"
#include "terminal.h"

namespace nce::cli {
namespace {

constexpr double kRedraw = 0.1, kPlainLine = 30, kWindow = 2;  // seconds

std::string bar(const Progress::State& s, size_t width) {
  const auto full = size_t(double(width) * double(s.step) / double(std::max<int64_t>(s.epoch_steps, 1)));
  return fmt::format("[{:=<{}}{:{}}]", "", full, "", width - full);
}

double since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

}  // namespace

std::string fit_parts(const std::vector<LinePart>& parts, size_t columns) {
  int most = 0;
  for (const LinePart& part : parts) most = std::max(most, part.importance);
  std::string fitting;
  for (int limit = 1; limit <= most; ++limit) {
    std::string line;
    for (const LinePart& part : parts)
      if (part.importance <= limit) line += (line.empty() ? "" : part.before) + part.text;
    if (line.size() > columns) break;
    fitting = line;
  }
  return fitting;
}

Progress::Progress(int64_t total_steps, int64_t done_steps, int64_t views)
    : total_(total_steps),
      steps_(done_steps),
      views_(views),
      window_start_(Clock::now()),
      last_(status_.on_terminal() ? Clock::time_point{} : Clock::now()) {}

void Progress::print(const std::string& line) {
  if (std::fputs((fitted(STDOUT_FILENO, line) + "\n").c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return;
  complain(Tone::note, fmt::format("standard output cannot be written: {}; training goes on without it, and "
                                   "log.jsonl tells it",
                                   std::strerror(errno)));
  static_cast<void>(std::freopen("/dev/null", "w", stdout));
}

void Progress::say(const std::string& line) {
  status_.clear();
  print(line);
  window_start_ = Clock::now();  // time between steps is not a step's
  window_steps_ = 0;
}

std::vector<LinePart> Progress::parts_of(const State& s) const {
  std::vector<LinePart> parts{{fmt::format("epoch {}/{}", s.epoch, s.epochs), 4},
                              {fmt::format("step {}/{}", s.step, s.epoch_steps), 1},
                              {fmt::format("loss {:.4f}", s.loss), 3}};
  if (s.chance) parts.push_back({fmt::format("(chance {:.2f})", *s.chance), 8, " "});
  if (s.embeddings) {
    const Reading& z = *s.embeddings;
    if (z.positive) parts.push_back({"p+ " + short_number(*z.positive), 5});
    if (z.positive && z.target_by_label)
      parts.push_back({fmt::format("({})", short_number(*z.target_by_label)), 7, " "});
    parts.push_back({"align " + short_number(z.alignment), 11});
    parts.push_back({"unif " + short_number(z.uniformity), 9});
    parts.push_back({fmt::format("rank {} of {}", short_number(z.effective_rank), z.dimensions), 10});
  }
  parts.push_back({fmt::format("lr {:.2e}", s.lr), 12});
  parts.push_back({with_thousands(rate_) + " views/s", 6});
  parts.push_back({"left " + clock_text(double(total_ - steps_) * seconds_a_step_), 2});
  return parts;
}

void Progress::step(const State& s) {
  ++steps_, ++window_steps_;
  if (const double window = since(window_start_); window >= kWindow || rate_ == 0) {
    seconds_a_step_ = window / double(window_steps_);
    rate_ = double(views_) / seconds_a_step_;
    window_start_ = Clock::now();
    window_steps_ = 0;
  }
  if (since(last_) < (status_.on_terminal() ? kRedraw : kPlainLine)) return;
  last_ = Clock::now();
  std::vector<LinePart> parts = parts_of(s);
  if (!status_.on_terminal()) {
    print(fit_parts(parts, std::string::npos));
    return;
  }
  const size_t columns = terminal_columns(STDERR_FILENO) - 1;  // a wrapped line could not be drawn over
  std::string line = fit_parts(parts, columns);
  if (const size_t room = columns - line.size(); room >= 12) {
    parts.insert(parts.begin() + 1, {bar(s, std::min<size_t>(room - 4, 30)), 1});
    line = fit_parts(parts, columns);
  }
  status_.draw(line);
}

}  // namespace nce::cli
