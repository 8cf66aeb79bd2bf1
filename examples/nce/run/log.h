#pragma once
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nce::cli {

/// What of a log's text stays when its run goes on after a step.
struct KeptLog {
  std::string text;
  int64_t dropped = 0;               ///< How many lines of later steps were dropped.
  std::vector<std::string> skipped;  ///< "run/log.jsonl: line 3: step: 1.5 is not a whole number within ..."
};
KeptLog log_until(std::istream& former, int64_t last_step, const std::string& name);

/// `log.jsonl`: one JSON object per line. Each has the `step` of the whole run after which it was written, and an
/// `event`: `start` and `resume` (with the `steps` of the whole run, `dimensions` and `chance`); `step` (every --log-every
/// steps, with the numbers of diagnostics.h and the seconds `elapsed` since the last `start` or `resume`); `epoch`;
/// `collapse`; `not_finite` (`what` is). A number that is not finite is null.
class Log {
 public:
  /// Opens for appending. Lines of steps after `last_step` are dropped: a killed run may have written beyond its last
  /// save. Lines that cannot be read are dropped too, and `skipped` says why.
  Log(const std::filesystem::path& path, int64_t last_step);
  int64_t dropped() const { return kept_.dropped; }
  const std::vector<std::string>& skipped() const { return kept_.skipped; }
  void write(const nlohmann::ordered_json& line);

 private:
  std::filesystem::path path_;
  KeptLog kept_;
  std::ofstream file_;
};

/// A CSV table of the lines `step` and `epoch`: a column for each of their keys.
std::string csv_of_log(const std::vector<nlohmann::json>& lines);

/// The lines of a log, for reading alone. What cannot be read is left out: a run that goes on may be writing it. Empty where
/// there is no file.
std::vector<nlohmann::json> read_log(const std::filesystem::path& path);
std::vector<nlohmann::json> read_log(std::istream& file, const std::string& name);
/// Whether a line is of an event: "epoch".
bool is_event(const nlohmann::json& line, std::string_view event);
/// A number of a line, and a text. None, and "", where it has none.
std::optional<double> number_in(const nlohmann::json& line, const std::string& key);
std::string text_in(const nlohmann::json& line, const std::string& key);

}  // namespace nce::cli
