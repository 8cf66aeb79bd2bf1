#pragma once
#include <optional>
#include <string>
#include <vector>

#include "run/folder.h"
#include "run/settings.h"
#include "run/state.h"

namespace nce::cli {

/// How a process begins to train in a run's folder.
struct Start {
  bool resume = false;               ///< Continue the run that is there.
  bool overwrite = false;            ///< Remove the run that is there.
  std::vector<Change> changes = {};  ///< What the run that is continued was trained with otherwise.
};

/// One process's training in a run's folder: where it begins, and what it saves.
class Session {
 public:
  /// Gives the model its first weights: those of the last save, those of --init-from, or the present ones. Then saves
  /// once, so that what cannot be saved is found now and not after an hour of work, and writes config.toml. Refuses
  /// other data, a shorter run, and a folder in which another process trains. `model`, `optimizer` and `task` must
  /// outlive it.
  Session(const RunFolder& run, const Config& config, Model& model, nn::Optimizer& optimizer, const Task& task,
          const Start& start);

  /// The last save of the sessions before; empty where there is none.
  const std::optional<Saved>& former() const { return former_; }
  /// Lines on what --init-from took.
  const std::vector<std::string>& started_from() const { return started_from_; }
  /// What this session computes with.
  const Origin& origin() const { return origin_; }

  /// Saves the place; and the encoder for use elsewhere, unless an epoch before was the best and is kept.
  void save(const Place& place);
  /// Keeps the model as it is now as that of the best epoch.
  void keep_best();
  /// Throws an error that says what was saved, and how to go on from there.
  [[noreturn]] void stop(const std::string& why) const;

 private:
  std::vector<std::string> start_weights(const RunOptions& options);
  std::optional<Saved> open();
  void save_encoder();
  void write_config(const Config& config) const;

  RunFolder run_;
  Model& model_;
  nn::Optimizer& optimizer_;
  const Task& task_;
  Origin origin_;
  const Start start_;
  const bool has_state_;
  std::vector<std::string> started_from_;
  RunLock lock_;
  std::optional<Saved> former_;
  Place saved_;
};

}  // namespace nce::cli
