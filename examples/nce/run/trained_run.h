#pragma once
#include "run/model.h"
#include "run/folder.h"

namespace nce::cli {

/// A run that has a checkpoint.
struct TrainedRun {
  RunFolder folder;
  TrainSettings settings;
};

/// Opens a run's folder; `root` replaces the data's folder where it is not empty. A folder without a run is a
/// `UsageError`, a run without a checkpoint an error.
TrainedRun open_run(const std::filesystem::path& path, const std::filesystem::path& root);

/// Gives the model's encoder the checkpoint's weights; returns what the images it is fed with are normalised by.
data::Normalisation load_encoder(const TrainedRun& run, Model& model);

}  // namespace nce::cli
