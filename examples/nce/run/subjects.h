#pragma once
#include <optional>
#include <string>

#include "run/measures.h"
#include "run/meter.h"
#include "run/trained_run.h"

namespace nce::cli {

/// What eval measures of a run: features of its encoder, or what its head makes of them (`projection`); as trained, and as
/// they were drawn. Features are computed when a measure asks for them.
class Subjects {
 public:
  /// With `views`, opens the run a second time, for pairs of views. `run` and `meter` must outlive it and its subjects.
  Subjects(const TrainedRun& run, const Places& places, bool projection, bool views, Meter& meter);

  Subject trained(const std::string& name);
  /// The run's encoder and head before training.
  Subject random(const std::string& name);
  /// Features of a baseline that has some.
  Subject plain(const Baseline& baseline) const { return {.task = *run_.task, .features = baseline.features}; }

 private:
  std::shared_ptr<Model> drawn(Task& task) const;
  Subject subject(const std::string& name, std::shared_ptr<Model> model, std::shared_ptr<Model> of_views);

  const TrainedRun& run_;
  const bool projection_;
  std::optional<TrainedRun> viewed_;
  Meter& meter_;
};

}  // namespace nce::cli
