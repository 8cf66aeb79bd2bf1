#pragma once
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>

namespace nce::cli {

/// `log.jsonl`: a JSON object a line, appended as the run goes on. Every object has the `step` of the whole run
/// that it was written after, and an `event`: `start` or `resume`, `step` (every --log-every steps, with what
/// diagnostics.h reads of the embeddings), `epoch`, or `collapse`. A number that is not finite is null.
class Log {
 public:
  /// Opens for appending, after dropping the lines of steps after `last_step`, which a killed run had written
  /// beyond the checkpoint that is continued from.
  Log(const std::filesystem::path& path, int64_t last_step);
  void write(const nlohmann::ordered_json& line);

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace nce::cli
