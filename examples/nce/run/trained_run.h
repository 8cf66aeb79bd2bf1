#pragma once
#include "run/folder.h"
#include "run/model.h"

namespace nce::cli {

/// A run that has a checkpoint, its data set and its encoder.
struct TrainedRun {
  RunFolder folder;
  Config config;
  std::unique_ptr<Task> task;
  std::unique_ptr<Model> model;  ///< The encoder as trained; head and loss as before training.
};

/// Opens a run. `root` replaces the data set's folder where it is not empty. A folder without a run is a `UsageError`, a
/// run without a checkpoint an error.
/// For evaluation the task has all training examples; for views it has those of training, with views of another seed.
TrainedRun open_run(const std::filesystem::path& path, const std::filesystem::path& root,
                    std::optional<uint64_t> views_seed = {});

}  // namespace nce::cli
