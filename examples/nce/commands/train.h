#pragma once
#include "run/settings.h"

namespace nce::cli {

/// `nce train`: the exit code. `config` is what `config.toml` is to hold.
int train(const TrainSettings& settings, const std::string& config);

}  // namespace nce::cli
