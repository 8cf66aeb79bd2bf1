#pragma once
#include <string>
#include <vector>

#include "config.h"

namespace nce::cli {

/// For each of some experiments: the settings that are not the same in all of them, "batch 512, lr 0.01". Options of
/// different things, as of two optimisers, are not compared: then the names differ, "optimizer sgd". Encoder, loss and
/// epochs are left out: tables name them anyway.
std::vector<std::string> differences(const std::vector<Config>& experiments);

}  // namespace nce::cli
