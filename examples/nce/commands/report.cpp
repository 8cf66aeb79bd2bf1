#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cmath>
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

std::string text_in(const RunFolder& run, const Json& scores, const std::string& key) {
  return of_scores(run, [&](const std::string& file) {
    return text_value(member(scores, key, file), fmt::format("{}: {}", file, key));
  });
}

int report(const std::vector<std::filesystem::path>& paths) {
  std::map<std::string, Accuracies> groups;                        // by data set, baselines first
  std::map<std::string, std::map<std::string, std::string>> sets;  // names of data, their identities, a folder
  std::map<std::string, std::string> known;                        // runs by their weights
  for (const auto& path : paths) {
    const RunFolder run(path);
    const Config config = read_run(run);
    const Json scores = of_scores(run, read_json);
    const std::string weights = text_in(run, scores, "weights"), identity = text_in(run, scores, "identity");
    of_scores(run, [&](const std::string& file) {
      check(run.weights().empty() || run.weights() == weights, "{}: the run has been trained since", file);
    });
    if (const auto [same, fresh] = known.emplace(weights, path.string()); !fresh) {
      fmt::print(stderr, "nce: {} has the weights of {}: it counts once\n", path.string(), same->second);
      continue;
    }
    const std::string& data = config.name("data");
    const Option* root = config.find("data", "root");
    sets[data].emplace(identity, root && !root->value.empty() ? root->value + ", " : "");
    const bool labels =
        of_scores(run, [&](const std::string& file) { return member(scores, "labels", file) != false; });
    const auto add = [&](const std::string& key, const std::string& features, const std::string& from,
                         const Json& row) {
      Accuracies& group = groups[data + "\n" + identity + key];
      group.data = data, group.identity = identity, group.features = features;
      std::vector<double>& values = group.runs[from];
      values.clear();
      for (const Score& score : kScores)
        values.push_back(!labels ? NAN : of_scores(run, [&](const std::string& file) {
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
        weights, scores);
  }
  std::vector<Accuracies> table;
  for (auto& [key, group] : groups) {
    if (const auto& named = sets[group.data]; named.size() > 1)  // one name, several sets
      group.data += fmt::format(" ({}{})", named.at(group.identity), group.identity.substr(0, 8));
    table.push_back(std::move(group));
  }
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
