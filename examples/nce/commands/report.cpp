#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/json.h"
#include "pages/accuracies.h"
#include "run/settings.h"
#include "run/task.h"

namespace nce::cli {
namespace {

using Json = nlohmann::json;

// Something of eval.json. What is wrong with the file is said with what to do.
template <class F>
auto of_scores(const RunFolder& run, F read) {
  try {
    return read(run.scores().string());
  } catch (const Error& error) {
    fail("{}; measure the run again: nce eval --run {}", error.what(), run.path().string());
  }
}

int report(const std::vector<std::filesystem::path>& paths) {
  std::map<std::string, Accuracies> groups;  // by data set, baselines first
  for (const auto& path : paths) {
    const RunFolder run(path);
    const Config config = read_run(run);
    const Json scores = of_scores(run, read_json);
    const std::string& data = config.name("data");
    const auto add = [&](const std::string& key, const std::string& features, const std::string& from,
                         const Json& row) {
      Accuracies& group = groups[data + "\n" + key];
      group.data = data, group.features = features;
      std::vector<double>& values = group.runs[from];
      values.clear();
      for (const Score& score : kScores)
        values.push_back(of_scores(run, [&](const std::string& file) {
          return real_number(member(row, score.key, file), fmt::format("{}: {}", file, score.key));
        }));
    };
    const KnownTask& task = task_of(data);
    const auto options = options_in<RunOptions>(config, "run");
    const std::string encoder = describe_encoder(config);
    if (scores.contains(task.raw_key)) add("0", task.raw_name, "", scores[task.raw_key]);
    if (scores.contains("random_encoder"))
      add("1" + encoder, "random " + encoder, fmt::format("{}", options.seed), scores["random_encoder"]);
    add("2" + experiment_of(config),
        fmt::format("{}, {}, {} epoch{}", encoder, describe_loss(config), options.epochs,
                    options.epochs == 1 ? "" : "s"),
        path.string(), scores);
  }
  std::vector<Accuracies> table;
  for (auto& [key, group] : groups) table.push_back(std::move(group));
  fmt::print("{}", to_markdown(table));
  return 0;
}

}  // namespace

Run add_report(CLI::App& command) {
  auto runs = std::make_shared<std::vector<std::filesystem::path>>();
  command.add_option("runs", *runs, "Folders of runs that nce eval has measured")->required();
  return [runs] { return report(*runs); };
}

}  // namespace nce::cli
