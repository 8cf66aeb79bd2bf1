#pragma once
#include <optional>
#include <string>
#include <vector>

#include "run/folder.h"
#include "run/settings.h"
#include "run/state.h"

namespace nce::cli {

/// One process's training in a run's folder: where it begins, and what it saves.
class Session {
 public:
  /// Gives the model its first weights: those of the last save, those of --init-from, or the present ones. Then saves
  /// once, so that what cannot be saved is found now and not after an hour of work, and writes config.toml. Refuses
  /// other data, a shorter run, and a folder in which another process trains. `model`, `optimizer` and `task` must
  /// outlive it.
  Session(const RunFolder& run, const Config& config, Model& model, nn::Optimizer& optimizer, const Task& task,
          bool resume);

  /// The last save of the sessions before; empty where there is none.
  const std::optional<Saved>& former() const { return former_; }
  /// Lines on what --init-from took.
  const std::vector<std::string>& started_from() const { return started_from_; }
  /// What this session computes with.
  const Origin& origin() const { return origin_; }

  /// Saves the place, and the encoder for use elsewhere. Stops where a weight is not finite: the former save is kept.
  void save(const Place& place);
  void check_finite(const Place& place);
  /// Throws an error that says what was saved, and how to go on from there.
  [[noreturn]] void stop(const std::string& why) const;

 private:
  std::vector<std::string> start_weights(const RunOptions& options);
  std::optional<Saved> open();
  void save_encoder();

  RunFolder run_;
  Model& model_;
  nn::Optimizer& optimizer_;
  const Task& task_;
  Origin origin_;
  const bool resume_, has_state_;
  std::vector<std::string> started_from_;
  RunLock lock_;
  std::optional<Saved> former_;
  Place saved_;
};

}  // namespace nce::cli
