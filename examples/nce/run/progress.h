#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/diagnostics.h"
#include "run/status_line.h"

namespace nce::cli {

/// A part of a line that may be too long for the terminal.
struct LinePart {
  std::string text;
  int importance;             ///< from 1, the most important
  const char* before = "  ";  ///< what stands between it and the part before it
};

/// The parts that fit in `columns`, in their order. The least important are left out. A part is also left out where a
/// more important one does not fit: so the line does not flicker.
std::string fit_parts(const std::vector<LinePart>& parts, size_t columns);

/// How far a training run is. On a terminal: one line that is drawn over, on standard error. Elsewhere: a plain line now
/// and then. Finished lines (`say`) go to standard output. If that was closed (`| head`), it is said once, and no line
/// is printed any more.
class Progress {
 public:
  struct State {
    int64_t epoch, epochs;      // of the run, from 1
    int64_t step, epoch_steps;  // of the epoch, from 1
    double loss, lr;
    std::optional<double> chance = {};       // the loss of embeddings that tell nothing
    std::optional<Reading> embeddings = {};  // of the last step that was logged
  };

  /// `total_steps` of the whole run; earlier sessions did `done_steps` of them. A step takes `views`.
  Progress(int64_t total_steps, int64_t done_steps, int64_t views);
  void step(const State& state);
  /// A line that stays.
  void say(const std::string& line);
  /// Views a second over the last seconds, as the bar shows it.
  double rate() const { return rate_; }

 private:
  void print(const std::string& line);
  std::vector<LinePart> parts_of(const State& state) const;
  using Clock = std::chrono::steady_clock;
  StatusLine status_;
  int64_t total_, steps_, views_, window_steps_ = 0;
  double rate_ = 0, seconds_a_step_ = 0;
  Clock::time_point window_start_, last_;
};

}  // namespace nce::cli
