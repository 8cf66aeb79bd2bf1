#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/json.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "run/settings.h"
#include "run/trained_run.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Json = nlohmann::ordered_json;

using data::Split;

struct EvalSettings {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path root;
  bool json = false, no_baselines = false;
};

/// Top-1 accuracies on the test set, 0 .. 1. And what JSON has besides: top-5, where there are more than 5 classes.
struct Scores {
  double knn20, knn200, linear;
  Json top5 = Json::object();
  Json json() const {
    Json all{{"knn", knn20}, {"knn_200", knn200}, {"linear", linear}};
    all.update(top5);
    return all;
  }
};

Scores score(const Task& task, const std::function<Tensor(Split)>& features) {
  const Tensor train = features(Split::train), test = features(Split::test);
  const std::span<const int> train_labels = task.labels(Split::train), test_labels = task.labels(Split::test);
  const int most = int(train_labels.size());
  const std::array<int, 2> ks{std::min(20, most), std::min(200, most)};
  const auto knn = nn::knn_rank(train, train_labels, test, ks, {.temperature = 0.1, .top = 5});
  const std::array<double, 4> penalties{1e-2, 1e-3, 1e-4, 1e-5};  // each row of the table gets what suits it best
  const nn::Ranking linear = nn::fit_linear_probe(train, train_labels, penalties).rank(test, 5);
  const auto accuracy = [&](const nn::Ranking& ranking, int top = 1) { return ranking.accuracy(test_labels, top); };
  Scores scores{.knn20 = accuracy(knn[0]), .knn200 = accuracy(knn[1]), .linear = accuracy(linear)};
  if (task.classes() > 5)
    scores.top5 = {{"knn_top5", accuracy(knn[0], 5)},
                   {"knn_200_top5", accuracy(knn[1], 5)},
                   {"linear_top5", accuracy(linear, 5)}};
  return scores;
}

Scores score(const Task& task, TaskEncoder& encoder) {
  return score(task, [&](Split split) { return encoder.features(split, task.all(split)); });
}

// The accuracies on one data set: a table.
struct Measured {
  std::string data, root, counted;  // "glyphs", its folder, "2000 test images"
  bool labels;
  std::vector<std::pair<std::string, Scores>> rows = {};
  std::map<std::string, Scores> baselines = {};  // by name

  const Scores& baseline(const std::string& name, const std::function<Scores()>& measure) {
    const auto found = baselines.find(name);
    if (found != baselines.end()) return found->second;
    rows.push_back({name, baselines[name] = measure()});
    return baselines[name];
  }
};

void print_tables(const std::vector<Measured>& tables) {
  for (const Measured& table : tables) {
    if (table.labels && table.rows.empty()) continue;  // nothing could be measured
    const bool other = tables.size() > 1 && !table.root.empty();
    const std::string data = table.data + (other ? fmt::format(" ({})", table.root) : "");
    if (&table != &tables.front()) fmt::print("\n");
    if (!table.labels) {
      fmt::print("{}: no labels: there is nothing to classify\n", data);
      continue;
    }
    size_t width = 16;
    for (const auto& [name, scores] : table.rows) width = std::max(width, name.size() + 2);
    fmt::print("{}: top-1 accuracy on {}, %\n\n", data, table.counted);
    fmt::print("{:<{}}{:>9}{:>9}{:>9}\n", "features", width, "kNN 20", "kNN 200", "linear");
    for (const auto& [name, s] : table.rows)
      fmt::print("{:<{}}{:>9.1f}{:>9.1f}{:>9.1f}\n", name, width, 100 * s.knn20, 100 * s.knn200, 100 * s.linear);
  }
}

// What eval.json holds.
Json measure(const TrainedRun& run, Measured& table, bool baselines) {
  Task& task = *run.task;
  const KnownTask& known = task_of(table.data);
  const auto options = options_in<RunOptions>(run.config, "run");
  const std::string& loss = run.config.name("loss");
  Json json{{"run", run.folder.path().string()},
            {"weights", run.folder.weights()},
            {"data", table.data},
            {"identity", task.identity()},
            {"labels", table.labels},
            {"encoder", run.config.name("encoder")},
            {"loss", loss},
            {"epochs", options.epochs},
            {"seed", options.seed}};
  if (!table.labels) return json;
  Json compared = Json::object();
  if (baselines) {
    const auto raw = [&](Split split) { return task.raw_features(split); };
    compared[known.raw_key] = table.baseline(known.raw_name, [&] { return score(task, raw); }).json();
    const std::string random = fmt::format("random {}, seed {}", describe_encoder(run.config), options.seed);
    compared["random_encoder"] = table
                                     .baseline(random,
                                               [&] {
                                                 Generator generator{.seed = uint64_t(options.seed)};
                                                 return score(task, *task.make_encoder(generator));
                                               })
                                     .json();
  }
  const Scores scores = score(task, run.model->encoder());
  table.rows.push_back({fmt::format("{}  ({})", loss, run.folder.path().string()), scores});
  json.update(scores.json());
  json.update(compared);
  return json;
}

int evaluate(const EvalSettings& settings) {
  for (const auto& path : settings.runs) read_run(RunFolder(path));  // a wrong name is said before all work
  std::vector<Measured> tables;
  std::map<std::string, size_t> table_of_data;  // by identity
  std::map<std::string, std::string> known;     // runs by their weights
  std::vector<std::string> problems;            // they are said after all that could be measured
  for (const auto& path : settings.runs) try {
      const TrainedRun run = open_run(path, settings.root);
      if (const auto [same, fresh] = known.emplace(run.folder.weights(), path.string()); !fresh) {
        fmt::print(stderr, "nce: {} has the weights of {}: it counts once\n", path.string(), same->second);
        continue;
      }
      const auto [at, fresh] = table_of_data.emplace(run.task->identity(), tables.size());
      if (fresh) {
        const std::string& data = run.config.name("data");
        const Option* root = run.config.find("data", "root");
        tables.push_back(
            {.data = data,
             .root = root ? root->value : "",
             .counted = fmt::format("{} test {}", run.task->labels(Split::test).size(), task_of(data).name),
             .labels = run.task->has_labels()});
      }
      const std::string json = json_text(measure(run, tables[at->second], !settings.no_baselines)) + "\n";
      if (settings.json) fmt::print("{}", json), std::fflush(stdout);
      AtomicFile file(run.folder.scores());  // for `nce report`
      file.write(json);
      file.commit();
    } catch (const Error& error) { problems.emplace_back(error.what()); }
  if (!settings.json) print_tables(tables);
  if (!problems.empty()) fail("{}", fmt::join(problems, "\nnce: "));
  return 0;
}

}  // namespace

Run add_eval(CLI::App& command) {
  auto settings = std::make_shared<EvalSettings>();
  command.add_option("--run", settings->runs, "Folder of a run; several give a table for each data set")
      ->required();
  command.add_option("--root", settings->root, "Folder of the data set, where it has moved since training");
  command.add_flag("--json", settings->json,
                   "Print a JSON object per run instead of the table; accuracies are 0 .. 1, with top-5 too");
  command.add_flag("--no-baselines", settings->no_baselines, "Leave out raw features and the random encoder");
  return [settings] { return evaluate(*settings); };
}

}  // namespace nce::cli
