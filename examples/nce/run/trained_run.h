#pragma once
#include "run/folder.h"
#include "run/model.h"
#include "run/places.h"

namespace nce::cli {

/// A run that has a checkpoint, its data set and its encoder.
struct TrainedRun {
  RunFolder folder;
  Config config;
  std::unique_ptr<Task> task;
  std::unique_ptr<Model> model;  ///< The encoder as trained; head and loss as before training.
};

/// Puts places into the configuration of the run in `path`. A place that its data do not have is a `UsageError`.
void put_places(Config& config, const std::filesystem::path& path, Places places);

/// Refuses, with a `UsageError`, validation examples that the run in `path` did not hold out.
void check_split(const Config& config, const std::filesystem::path& path, data::Split split);

/// Opens a run. A folder without a run is a `UsageError`, a
/// run without a checkpoint an error, and so are other data than those that the run was trained on.
///
/// For evaluation, the task has all training examples, and measures the split `measure`. With `views_seed`, it has the examples that the run trained on,
/// and makes views from that seed.
TrainedRun open_run(const std::filesystem::path& path, const Places& places,
                    data::Split measure = data::Split::test, std::optional<uint64_t> views_seed = {});

}  // namespace nce::cli
