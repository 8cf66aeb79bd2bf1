#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "run/scores.h"
#include "run/trained_run.h"

/// What learned features stand beside is measured once a data set and kept: in the eval.json of the runs that it was
/// measured for.
namespace nce::cli {

/// A digest, 16 hex digits, of all that the scores of a baseline follow from: the data, how features are measured, the
/// options of the data set, this program and its kernels, and `more`. Empty where this program cannot be read.
std::string baseline_digest(const TrainedRun& run, const std::string& name, const std::string& more);
/// The same of the run's encoder before training: of its options, its seed and how its input is fed
/// too, and `with_head` of its head.
std::string random_encoder_digest(const TrainedRun& run, const std::string& more, bool with_head);

/// Scores as eval.json has them, {"knn": 0.91, "knn_spread": 0.01, "knn_confusion": [[90, 10], [8, 92]]}.
nlohmann::ordered_json json_of(const Scores& scores);

struct Kept {
  Scores scores;
  std::filesystem::path run;
};
/// The scores of that digest, from the eval.json of the run or of a folder beside it. A file that is not what `nce eval`
/// writes has none.
std::optional<Kept> kept_baseline(const RunFolder& run, const std::string& digest);
/// The same of the text of one eval.json.
std::optional<Scores> baseline_in(const std::string& text, const std::string& digest);

}  // namespace nce::cli
