#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nce::nn {

struct ScheduleOptions {
  double lr = 1;            ///< The full learning rate; with 1, a schedule gives multipliers.
  int64_t total_steps = 0;  ///< Of the whole run, warm-up included. Linear, cosine and a step without size need it.
  int64_t warmup_steps = 0;  ///< Any schedule: step s of the first w has lr (s + 1) / (w + 1).
  double final_factor = 0;   ///< linear, cosine: share of lr that is left at `total_steps` and after.
  int64_t step_size = 0;     ///< step: how long a rate lasts; 0: a third of what follows the warm-up.
  double gamma = 0.1;        ///< step: factor between one rate and the next.
};

/// The learning rate as a pure function of the step, so that a resumed run needs nothing but its step number:
/// `optimizer.set_lr(schedule.at(step))` before step 0, 1, ... With t = step - warmup_steps and
/// T = total_steps - warmup_steps, after the warm-up
///
///     constant   lr
///     step       lr gamma^floor(t / step_size)                                       PyTorch's StepLR
///     linear     lr (1 + (final_factor - 1) min(t / T, 1))                           LinearLR
///     cosine     lr (final_factor + (1 - final_factor) (1 + cos(pi min(t / T, 1))) / 2)   CosineAnnealingLR
///
/// each after PyTorch's LinearLR(start_factor = 1 / (w + 1), total_iters = w) in a SequentialLR, w = warmup_steps.
class Schedule {
 public:
  /// The learning rate of a step; `step` >= 0.
  double at(int64_t step) const;

 private:
  friend Schedule make_schedule(const std::string&, const ScheduleOptions&);
  using Shape = double (*)(const ScheduleOptions&, int64_t t);
  Schedule(Shape shape, const ScheduleOptions& options) : shape_(shape), options_(options) {}
  Shape shape_;
  ScheduleOptions options_;
};

/// "constant", "step", "linear", "cosine".
std::vector<std::string> schedule_names();

/// An unknown name is an error that lists the known ones.
Schedule make_schedule(const std::string& name, const ScheduleOptions& options);

}  // namespace nce::nn
