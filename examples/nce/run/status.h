#pragma once
#include <optional>
#include <string>

#include "run/folder.h"

namespace nce::cli {

/// How far a run is, as its folder tells any process.
struct RunStatus {
  enum class State { training, stopped, done };
  State state = State::stopped;
  int64_t process = 0;              ///< That trains there; 0: unknown.
  std::string line;                 ///< "epoch 2/5  loss 4.1234  chance 5.55  kNN 61.2 %  left 0:31"
  std::optional<double> left = {};  ///< Seconds until the end of training, if it goes on.
  std::string text() const;         ///< The line, and what is to be said of a run that does not train.
};

/// Reads log.jsonl and asks for the lock. A `UsageError` where no run was started in the folder.
RunStatus status_of(const RunFolder& run);

}  // namespace nce::cli
