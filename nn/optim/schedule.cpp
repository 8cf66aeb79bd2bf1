#include "nce/nn/optim/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nce/core/error.h"

namespace nce::nn {
namespace {

// How much of the way from the end of the warm-up to the end of the run lies behind step t.
double progress(const ScheduleOptions& o, int64_t t) {
  const int64_t length = o.total_steps - o.warmup_steps;
  return t >= length ? 1.0 : double(t) / double(length);
}

double constant(const ScheduleOptions&, int64_t) { return 1; }

double step(const ScheduleOptions& o, int64_t t) { return std::pow(o.gamma, double(t / o.step_size)); }

double linear(const ScheduleOptions& o, int64_t t) { return 1 + (o.final_factor - 1) * progress(o, t); }

double cosine(const ScheduleOptions& o, int64_t t) {
  return o.final_factor + (1 - o.final_factor) * (1 + std::cos(std::numbers::pi * progress(o, t))) / 2;
}

struct Entry {
  const char* name;
  double (*shape)(const ScheduleOptions&, int64_t);
};
constexpr Entry kSchedules[] = {{"constant", constant}, {"step", step}, {"linear", linear}, {"cosine", cosine}};

}  // namespace

double Schedule::at(int64_t step) const {
  check(step >= 0, "schedule: steps count from 0, got {}", step);
  const int64_t warmup = options_.warmup_steps;
  if (step < warmup) return options_.lr * double(step + 1) / double(warmup + 1);
  return options_.lr * shape_(options_, step - warmup);
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kSchedules) names.push_back(entry.name);
  return names;
}

Schedule make_schedule(const std::string& name, const ScheduleOptions& options) {
  const auto* found =
      std::find_if(std::begin(kSchedules), std::end(kSchedules), [&](const Entry& e) { return e.name == name; });
  check(found != std::end(kSchedules), "make_schedule: no schedule is called '{}'; there are {}", name,
        fmt::join(schedule_names(), ", "));
  ScheduleOptions o = options;
  check(o.lr >= 0 && std::isfinite(o.lr), "{} schedule: lr must be a number of at least 0, got {}", name, o.lr);
  check(o.warmup_steps >= 0, "{} schedule: warmup_steps must be at least 0, got {}", name, o.warmup_steps);
  check(o.total_steps == 0 || o.warmup_steps <= o.total_steps,
        "{} schedule: {} warm-up steps do not fit into {} steps", name, o.warmup_steps, o.total_steps);
  const bool needs_total = name == "linear" || name == "cosine" || (name == "step" && o.step_size == 0);
  check(!needs_total || o.total_steps > 0, "{} schedule: total_steps must be given, got {}", name, o.total_steps);
  if (name == "step") {
    check(o.step_size >= 0, "step schedule: step_size must be at least 1, got {}", o.step_size);
    if (o.step_size == 0) o.step_size = std::max<int64_t>(1, (o.total_steps - o.warmup_steps + 2) / 3);
  }
  return Schedule(found->shape, o);
}

}  // namespace nce::nn
