#pragma once
#include <string>

#include "loss_registry.h"

namespace CLI {
class App;  // <CLI/CLI.hpp>, which takes seconds to compile, is for the files that use it
}

namespace nce::cli {

struct CheckLossSettings {
  std::string name;
  bool all = false;  ///< All known losses, as one Markdown table.
  bool json = false;
  bool stops_gradient = false;  ///< As in `losses::ConformanceOptions`.
  LossSettings loss;
};

void add_check_loss_options(CLI::App& command, CheckLossSettings& settings);

/// `nce check-loss`: whether a loss is right and what kind of loss it is (losses/check/conformance.h). The exit code: 1
/// where a check fails. `command` knows which options were given: with one loss, those of others are refused.
int check_loss(const CLI::App& command, const CheckLossSettings& settings);

}  // namespace nce::cli
