#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "nce/nn/optim/schedule.h"
#include "run/diagnostics.h"
#include "run/log.h"
#include "run/progress.h"
#include "run/session.h"
#include "run/settings.h"

namespace nce::cli {

/// A session of training, before its first step.
struct Beginning {
  const Config& config;
  const RunOptions& options;
  const Task& task;
  const Session& session;
  const Start& start;
  const Diagnostics& diagnostics;
  const RunFolder& run;
  const Log& log;
  Place place;
  int64_t steps, parts;  ///< Of an epoch, and of a batch.
  int64_t parameters, dimensions;
  std::optional<double> chance;                                     ///< The loss of embeddings that tell nothing.
  double lr, next_lr;                                               ///< The largest, and that of the next step.
  std::function<nn::Schedule(int64_t epochs, double lr)> schedule;  ///< That of a run of so many epochs.
};

/// Says what is trained, and what goes on otherwise than in a run that did not stop. Gives the line of the log: `start` or
/// `resume`.
nlohmann::ordered_json announce(const Beginning& b, Progress& progress);

}  // namespace nce::cli
