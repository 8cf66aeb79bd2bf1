#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/diagnostics.h"
#include "run/status_line.h"

namespace nce::cli {

/// "0:07", "12:34", "1:02:03"
std::string clock_text(double seconds);

/// A number in three or four characters where that says enough: "0.041", "0.62", "-2.93", "41", "3e+05".
std::string short_number(double value);

/// A part of a line that may be too long for the terminal.
struct LinePart {
  std::string text;
  int importance;             ///< from 1, the most important
  const char* before = "  ";  ///< what stands between it and the part before it
};

/// The parts in their order, those that fit in `columns`: the least important are left out, and all that are less
/// important than one that does not fit, so that the line does not flicker.
std::string fit_parts(const std::vector<LinePart>& parts, size_t columns);

/// How far a training run is: on a terminal one line that is drawn over, elsewhere a plain line now and then. The
/// bar goes to standard error; finished lines (`say`) to standard output.
class Progress {
 public:
  struct State {
    int64_t epoch, epochs;      // of the run, from 1
    int64_t step, epoch_steps;  // of the epoch, from 1
    double loss, lr;
    std::optional<Reading> embeddings = {};  // of the last step that was logged
  };

  /// `total_steps` of the whole run, `done_steps` of them by an earlier session; `views` that a step consumes.
  Progress(int64_t total_steps, int64_t done_steps, int64_t views);
  void step(const State& state);
  /// A line that stays.
  void say(const std::string& line);
  /// Views a second: over the last seconds, as the bar shows it.
  double rate() const { return rate_; }

 private:
  std::vector<LinePart> parts_of(const State& state) const;
  using Clock = std::chrono::steady_clock;
  StatusLine status_;
  int64_t total_, steps_, views_, window_steps_ = 0;
  double rate_ = 0, seconds_a_step_ = 0;
  Clock::time_point window_start_, last_;
};

}  // namespace nce::cli
