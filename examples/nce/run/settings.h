#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "loss_registry.h"
#include "nce/core/options.h"

namespace CLI {
class App;  // <CLI/CLI.hpp>, which takes seconds to compile, is for the files that use it
}

namespace nce::cli {

/// Everything that decides what `nce train` computes; `config.toml` of a run holds it. Option names are those of
/// the fields with dashes.
struct TrainSettings {
  std::string data = "glyphs";
  std::filesystem::path root;
  int64_t limit = 0;

  std::string encoder = "conv4";
  int64_t width = 0;
  int64_t head_hidden = 0, head_dim = 128;

  std::string loss = "info_nce";
  LossSettings loss_settings;

  std::string optimizer = "adamw";
  std::optional<double> lr, momentum, weight_decay;  ///< Unset: the optimiser's own.
  double clip_norm = 0;
  std::string schedule = "cosine";
  double warmup_epochs = 0.5;

  int64_t batch = 256, epochs = 5;
  uint64_t seed = 1;
  std::optional<double> min_scale, color_strength, flip;  ///< Unset: by data set.

  std::filesystem::path out, config;
  bool resume = false;
  int64_t log_every = 10, checkpoint_every = 0;
};

/// Declares the options of the losses, the help of each naming those that have it.
void add_loss_options(CLI::App& command, LossSettings& settings);
/// Refuses values that no loss can work with, with a `UsageError` that names the option.
void validate_loss_options(const LossSettings& settings);
/// Declares the options of `nce train` on its command; their values land in `settings`.
void add_train_options(CLI::App& command, TrainSettings& settings);

/// Reads `--config`, or, with `--resume`, the configuration of the run that is continued; then refuses what cannot
/// be with a `UsageError`.
void complete_train_settings(CLI::App& command, TrainSettings& settings);

/// The loss in a few words: "info_nce 0.2", its temperature, or "sc_info_nce 0.2 (1.2, 0.2)", with delta and gamma.
std::string describe_loss(const TrainSettings& settings);

/// The options of the loss, as the catalogue of losses takes them.
std::vector<Setting> loss_settings(const TrainSettings& settings);

/// The settings that a run was trained with.
TrainSettings read_run_settings(const std::filesystem::path& config);

}  // namespace nce::cli
