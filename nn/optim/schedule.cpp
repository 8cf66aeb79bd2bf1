#include "nce/nn/optim/schedule.h"

namespace nce::nn {

Catalogue<KnownSchedule>& known_schedules() {
  static Catalogue<KnownSchedule> all(
      "schedule", {known_schedule("constant", ConstantSchedule{}), known_schedule("step", StepSchedule{}),
                   known_schedule("linear", LinearSchedule{}), known_schedule("cosine", CosineSchedule{})});
  return all;
}

Schedule::Schedule(std::string name, std::function<double(int64_t, int64_t)> shape, bool needs_length,
                   const ScheduleOptions& run)
    : shape_(std::move(shape)), run_(run) {
  check(run.lr >= 0 && std::isfinite(run.lr), "{} schedule: lr must be a number of at least 0, got {}", name,
        run.lr);
  check(run.warmup_steps >= 0, "{} schedule: warmup_steps must be at least 0, got {}", name, run.warmup_steps);
  check(run.total_steps == 0 || run.warmup_steps <= run.total_steps,
        "{} schedule: {} warm-up steps do not fit into {} steps", name, run.warmup_steps, run.total_steps);
  check(!needs_length || run.total_steps > 0, "{} schedule: total_steps must be given, got {}", name,
        run.total_steps);
}

double Schedule::at(int64_t step) const {
  check(step >= 0, "schedule: steps count from 0, got {}", step);
  const int64_t warmup = run_.warmup_steps;
  if (step < warmup) return run_.lr * double(step + 1) / double(warmup + 1);
  return run_.lr * shape_(step - warmup, run_.total_steps - warmup);
}

Schedule make_schedule(const std::string& name, const ScheduleOptions& run, const std::vector<Setting>& settings) {
  return known_schedules().find(name).make(run, settings);
}

}  // namespace nce::nn
