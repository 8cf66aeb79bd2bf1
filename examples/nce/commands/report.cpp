#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command.h"
#include "nce/core/error.h"
#include "run/folder.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kScores[] = {"knn", "knn_200", "linear"};

struct Group {
  std::string data, features;
  std::map<std::string, Json>
      runs;  // {"knn": ..., "knn_200": ..., "linear": ...} each, by what makes it another one
};

// All of a configuration but what may differ between runs that are one experiment.
std::string experiment_of(const std::filesystem::path& config) {
  std::ifstream file(config);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    const std::string key = line.substr(0, line.find('='));
    if (key != "seed" && key != "root" && key != "log-every" && key != "checkpoint-every") kept += line + "\n";
  }
  return kept;
}

std::string describe(const TrainSettings& s) {
  return fmt::format("{}{}, {}, {} epoch{}", s.encoder, s.width ? fmt::format("-{}", s.width) : "",
                     describe_loss(s), s.epochs, s.epochs == 1 ? "" : "s");
}

// "97.71 +- 0.05": mean and standard deviation over seeds; a single run has no spread.
std::string summarise(const std::map<std::string, Json>& runs, const char* score) {
  double sum = 0, squares = 0;
  for (const auto& [name, run] : runs) sum += 100 * run.at(score).get<double>();
  const double n = double(runs.size()), mean = sum / n;
  for (const auto& [name, run] : runs) squares += std::pow(100 * run.at(score).get<double>() - mean, 2);
  if (runs.size() == 1) return fmt::format("{:.2f}", mean);
  return fmt::format("{:.2f} ± {:.2f}", mean, std::sqrt(squares / (n - 1)));
}

int report(const std::vector<std::filesystem::path>& paths) {
  std::map<std::string, Group> groups;  // in order of their keys: by data set, baselines first
  for (const auto& path : paths) {
    const RunFolder run(path);
    run.check_started();
    std::ifstream file(run.scores());
    check(file.good(), "{}: not there; measure the run first: nce eval --run {}", run.scores().string(),
          path.string());
    const Json scores = Json::parse(file, nullptr, false);
    check(scores.is_object(), "{}: not a JSON object; measure the run again: nce eval --run {}",
          run.scores().string(), path.string());
    const TrainSettings settings = read_run_settings(run.config());
    const auto add = [&](const std::string& key, const std::string& features, const std::string& run_name,
                         const Json& row) {
      Group& group = groups[settings.data + "\n" + key];
      group.data = settings.data, group.features = features;
      group.runs[run_name] = row;
    };
    if (scores.contains("raw_pixels")) add("0", "raw pixels", "", scores["raw_pixels"]);
    if (scores.contains("random_encoder"))
      add(fmt::format("1{}-{}", settings.encoder, settings.width), "random " + settings.encoder,
          fmt::format("{}", settings.seed), scores["random_encoder"]);
    add("2" + settings.encoder + experiment_of(run.config()), describe(settings), path.string(), scores);
  }
  fmt::print("| data | features | runs | kNN 20 | kNN 200 | linear |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
  for (const auto& [key, group] : groups) {
    fmt::print("| {} | {} | {} |", group.data, group.features, group.runs.size());
    for (const char* score : kScores) fmt::print(" {} |", summarise(group.runs, score));
    fmt::print("\n");
  }
  return 0;
}

}  // namespace

Run add_report(CLI::App& command) {
  auto runs = std::make_shared<std::vector<std::filesystem::path>>();
  command.add_option("runs", *runs, "Folders of runs that nce eval has measured")->required();
  return [runs] { return report(*runs); };
}

}  // namespace nce::cli
