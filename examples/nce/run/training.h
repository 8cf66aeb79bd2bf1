#pragma once
#include <filesystem>

#include "run/session.h"

namespace nce::cli {

/// The loop of `nce train`, for any task: steps, log, checkpoints, accuracy after each epoch. Makes the folder `out`
/// with its config.toml, or continues from the last save there. What cannot be is refused before anything is written.
/// The exit code: 0, or that of an interrupt, after which the run can be continued.
int train(const Config& config, const std::filesystem::path& out, const Start& start);

}  // namespace nce::cli
