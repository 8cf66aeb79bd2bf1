#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "nce/core/catalogue.h"

/// Schedules: the learning rate as a function of the step. A schedule is a struct of options. Called with t and `length`,
/// it returns which part of the full rate step t after the warm-up has. `length` is the number of all steps after the
/// warm-up, or 0 if it is not known. To add one: the struct with `fields`, its row in schedule.cpp, its golden values.
namespace nce::nn {

struct ConstantSchedule {
  void fields(Options&) {}
  double operator()(int64_t, int64_t) const { return 1; }
  bool needs_length() const { return false; }
};

/// gamma^floor(t / step_size), PyTorch's StepLR.
struct StepSchedule {
  int64_t step_size = 0;
  double gamma = 0.1;
  void fields(Options& o) {
    o.integer("step_size", step_size, "steps that a learning rate lasts; 0: a third of the run", {.least = 0});
    o.number("gamma", gamma, "factor between one learning rate and the next", {.above = 0});
  }
  double operator()(int64_t t, int64_t length) const {
    return std::pow(gamma, double(t / (step_size > 0 ? step_size : std::max<int64_t>(1, (length + 2) / 3))));
  }
  bool needs_length() const { return step_size == 0; }
};

/// Goes from the full rate at t = 0 to `final_factor` times it at t = length, and stays there.
struct DecaySchedule {
  double final_factor = 0;
  void fields(Options& o) {
    o.number("final_factor", final_factor, "share of the learning rate that is left at the end", {.least = 0});
  }
  bool needs_length() const { return true; }

 protected:
  static double done(int64_t t, int64_t length) { return t >= length ? 1.0 : double(t) / double(length); }
};

/// 1 + (final_factor - 1) min(t / length, 1), PyTorch's LinearLR.
struct LinearSchedule : DecaySchedule {
  double operator()(int64_t t, int64_t length) const { return 1 + (final_factor - 1) * done(t, length); }
};

/// final_factor + (1 - final_factor) (1 + cos(pi min(t / length, 1))) / 2, PyTorch's CosineAnnealingLR.
struct CosineSchedule : DecaySchedule {
  double operator()(int64_t t, int64_t length) const {
    return final_factor + (1 - final_factor) * (1 + std::cos(std::numbers::pi * done(t, length))) / 2;
  }
};

/// What every schedule knows about the run.
struct ScheduleOptions {
  double lr = 1;             ///< The full learning rate. With 1, a schedule returns factors.
  int64_t total_steps = 0;   ///< Of the whole run, with its warm-up. Most schedules need it.
  int64_t warmup_steps = 0;  ///< Step s of the first w has the rate lr (s + 1) / (w + 1), as PyTorch's LinearLR.
};

/// Use: `optimizer.set_lr(schedule.at(step))` before step 0, 1, ... The rate depends only on the step, so a resumed run
/// needs only its step number.
class Schedule {
 public:
  /// `name` is for errors. `shape` is one of the structs above, or your own.
  template <class S>
  Schedule(std::string name, const S& shape, const ScheduleOptions& run)
      : Schedule(std::move(name), std::function<double(int64_t, int64_t)>(shape), shape.needs_length(), run) {}

  /// The learning rate of a step, counted from 0.
  double at(int64_t step) const;

 private:
  Schedule(std::string name, std::function<double(int64_t, int64_t)> shape, bool needs_length,
           const ScheduleOptions& run);
  std::function<double(int64_t, int64_t)> shape_;
  ScheduleOptions run_;
};

/// A row of the catalogue.
struct KnownSchedule {
  using Settings = std::vector<Setting>;
  std::string name;
  /// Its options with the values of `settings`. Errors: as for `make`.
  std::function<std::vector<Option>(const Settings& settings)> options;
  std::function<Schedule(const ScheduleOptions& run, const Settings& settings)> make;
};

template <class S>
KnownSchedule known_schedule(const std::string& name, const S& defaults) {
  return {.name = name,
          .options = listed_options(defaults),
          .make = [name, defaults](const ScheduleOptions& run, const auto& settings) {
            return Schedule(name, with_settings(defaults, settings), run);
          }};
}

Catalogue<KnownSchedule>& known_schedules();
/// make_schedule("cosine", {.lr = 0.1, .total_steps = 1000}, {{"final_factor", "0.1"}})
Schedule make_schedule(const std::string& name, const ScheduleOptions& run,
                       const std::vector<Setting>& settings = {});

}  // namespace nce::nn
