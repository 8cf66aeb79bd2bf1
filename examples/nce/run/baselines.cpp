#include "run/baselines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "nce/core/blas.h"
#include "nce/core/files/paths.h"
#include "nce/data/digest.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

using Json = nlohmann::ordered_json;

// One that was built anew may measure otherwise.
const std::string& this_program() {
  static const std::string digest = digest_of_file("/proc/self/exe");
  return digest;
}

std::string text_of(const Config& config, const std::string& table) {
  std::string text;
  for (const Config::Table& t : config.tables)
    if (t.name == table)
      for (const Option& option : t.options)
        if (!is_place(option.name)) text += fmt::format("{}={}\n", option.name, option.value);
  return text;
}

double number_of(const Json& json) { return json.is_null() ? NAN : json.get<double>(); }

// The scores under `key` of what eval wrote.
Scores scores_of(const Json& eval, const std::string& key) {
  Scores scores;
  for (const auto& [name, value] : eval.at(key).items()) {
    Score score{.key = name, .title = ""};
    if (value.is_array())
      for (const Json& row : value.empty() || value.front().is_array() ? value : Json::array({value}))
        for (score.matrix.emplace_back(); const Json& one : row) score.matrix.back().push_back(number_of(one));
    else
      score.value = number_of(value);
    for (const Json& column : eval.at("columns"))
      if (column.at("key") == name) {
        score.title = column.at("title").get<std::string>();
        score.times = column.value("times", 100), score.measure = column.value("measure", "");
      }
    if (score.title.empty() && name.ends_with("_spread") && !scores.empty())
      scores.back().spread = score.value;
    else
      scores.push_back(score);
  }
  return scores;
}

}  // namespace

std::string baseline_digest(const TrainedRun& run, const std::string& name, const std::string& more) {
  if (this_program().empty()) return "";
  const std::string all =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", this_program(), kernels_in_use(), run.task->identity(),
                  run.task->protocol(), text_of(run.config, "data"), name, more);
  return fmt::format("{:016x}", data::digest(std::as_bytes(std::span(all))));
}

std::string random_encoder_digest(const TrainedRun& run, const std::string& of, bool with_head) {
  std::string more = fmt::format("{}seed={}\n{}", of, options_in<RunOptions>(run.config, "run").seed,
                                 text_of(run.config, "encoder"));
  for (const auto& [key, value] : run.task->metadata()) more += fmt::format("{}={}\n", key, value);
  if (with_head) more += "head\n" + text_of(run.config, "head");
  return baseline_digest(run, "random encoder", more);
}

Json json_of(const Scores& scores) {
  Json json = Json::object();
  for (const Score& score : scores) {
    const std::vector<std::vector<double>>& matrix = score.matrix;
    if (matrix.empty())
      json[score.key] = score.value;
    else if (matrix.size() == 1)
      json[score.key] = matrix.front();
    else
      json[score.key] = matrix;
    if (score.spread) json[score.key + "_spread"] = *score.spread;
  }
  return json;
}

std::optional<Scores> baseline_in(const std::string& text, const std::string& digest) try {
  const Json eval = Json::parse(text);
  for (const Json& baseline : eval.at("baselines"))
    if (baseline.value("digest", "") == digest) return scores_of(eval, baseline.at("key"));
  return std::nullopt;
} catch (const Json::exception&) { return std::nullopt; }

std::optional<Kept> kept_baseline(const RunFolder& run, const std::string& digest) {
  if (digest.empty()) return std::nullopt;
  std::vector<std::filesystem::path> folders{run.path()};
  std::error_code none;
  for (std::filesystem::directory_iterator at(run.path() / "..", none), end; !none && at != end; at.increment(none))
    folders.push_back((run.path() / ".." / at->path().filename()).lexically_normal());
  std::sort(folders.begin() + 1, folders.end());
  std::vector<std::filesystem::path> files;
  for (const auto& folder : folders)
    for (const auto& file : RunFolder(folder).all_scores()) files.push_back(file);
  for (const auto& path : files) {
    if (is_folder(path)) continue;
    std::ifstream file(path);
    if (const auto scores = baseline_in({std::istreambuf_iterator<char>(file), {}}, digest))
      return Kept{*scores, path.parent_path()};
  }
  return std::nullopt;
}

}  // namespace nce::cli
