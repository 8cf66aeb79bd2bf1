#include "run/status.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pages/numbers.h"
#include "run/log.h"
#include "run/settings.h"

namespace nce::cli {

// Only the last lines matter, but a log is short beside what training takes.
RunStatus status_of(const RunFolder& run) {
  const auto options = options_in<RunOptions>(read_run(run), "run");
  RunStatus status;
  nlohmann::json begin, step, epoch, last;
  std::string warning;
  for (auto& line : read_log(run.log())) {
    if (is_event(line, "start") || is_event(line, "resume")) {
      begin = line, warning.clear();
    } else if (is_event(line, "collapse")) {
      warning = fmt::format("  collapsed at step {}", number_in(line, "step").value_or(0));
    } else if (is_event(line, "not_finite")) {
      warning =
          fmt::format("  {} not finite at step {}", text_in(line, "what"), number_in(line, "step").value_or(0));
    } else {
      (is_event(line, "epoch") ? epoch : step) = line;
      last = line;
    }
  }
  const double epochs_done = number_in(epoch, "epoch").value_or(0);
  const auto process = RunLock::holder(run);
  status.process = process.value_or(0);
  status.state = process                                 ? RunStatus::State::training
                 : epochs_done >= double(options.epochs) ? RunStatus::State::done
                                                         : RunStatus::State::stopped;
  if (last.is_null()) {
    status.line = "no step is logged yet" + warning;
    return status;
  }
  status.line = fmt::format("epoch {}/{}", number_in(last, "epoch").value_or(0), options.epochs);
  const auto add = [&](const nlohmann::json& line, const char* key, auto text) {
    if (const auto value = number_in(line, key)) status.line += "  " + text(*value);
  };
  const auto named = [](const char* name) {
    return [name](double value) { return fmt::format("{} {}", name, short_number(value)); };
  };
  add(last, "loss", [](double value) { return fmt::format("loss {:.4f}", value); });
  add(begin, "chance", named("chance"));
  add(step, "positive", named("p+"));
  add(step, "alignment", named("align")), add(step, "uniformity", named("unif"));
  add(step, "effective_rank", [&](double value) {
    return fmt::format("rank {:.0f} of {}", value, number_in(begin, "dimensions").value_or(NAN));
  });
  add(epoch, "knn", [](double value) { return fmt::format("kNN {:.1f} %", 100 * value); });
  const auto from = number_in(begin, "step"), all = number_in(begin, "steps"), at = number_in(step, "step"),
             seconds = number_in(step, "elapsed");
  if (from && all && at && seconds && *at > *from) status.left = *seconds / (*at - *from) * (*all - *at);
  if (status.state == RunStatus::State::training && status.left)
    status.line += "  left " + clock_text(*status.left);
  status.line += warning;
  return status;
}

std::string RunStatus::text() const {
  switch (state) {
    case State::training:
      return line;
    case State::done:
      return line + "  done";
    case State::stopped:
      return line + "  stopped: nobody trains there";
  }
  return line;
}

}  // namespace nce::cli
