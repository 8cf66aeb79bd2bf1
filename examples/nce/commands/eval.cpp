#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "command.h"
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

/// Top-1 accuracies on the test set, 0 .. 1.
struct Scores {
  double knn20, knn200, linear;
  Json json() const { return {{"knn", knn20}, {"knn_200", knn200}, {"linear", linear}}; }
};

Scores score(const Task& task, const std::function<Tensor(Split)>& features) {
  const Tensor train = features(Split::train), test = features(Split::test);
  const std::span<const int> train_labels = task.labels(Split::train), test_labels = task.labels(Split::test);
  const int most = int(train_labels.size());
  const std::array<int, 2> ks{std::min(20, most), std::min(200, most)};
  const auto knn = nn::knn_accuracies(train, train_labels, test, test_labels, ks, {.temperature = 0.1});
  const std::array<double, 4> penalties{1e-2, 1e-3, 1e-4, 1e-5};  // each row of the table gets what suits it best
  const nn::LinearProbe probe = nn::fit_linear_probe(train, train_labels, penalties, {.classes = task.classes()});
  return {.knn20 = knn[0], .knn200 = knn[1], .linear = probe.accuracy(test, test_labels)};
}

Scores score(const Task& task, TaskEncoder& encoder) {
  return score(task, [&](Split split) { return encoder.features(split, task.all(split)); });
}

using Named = std::pair<std::string, Scores>;

void print_table(const std::vector<Named>& rows) {
  size_t width = 16;
  for (const auto& [name, scores] : rows) width = std::max(width, name.size() + 2);
  fmt::print("{:<{}}{:>9}{:>9}{:>9}\n", "features", width, "kNN 20", "kNN 200", "linear");
  for (const auto& [name, s] : rows)
    fmt::print("{:<{}}{:>9.1f}{:>9.1f}{:>9.1f}\n", name, width, 100 * s.knn20, 100 * s.knn200, 100 * s.linear);
}

// The name of the data set that all runs were trained on.
std::string data_of(const std::vector<std::filesystem::path>& runs) {
  const std::string first = read_run(RunFolder(runs.front())).name("data");
  for (const auto& run : runs)
    if (const std::string data = read_run(RunFolder(run)).name("data"); data != first)
      throw UsageError(fmt::format("--run: {} was trained on {}, {} on {}: measure them one by one",
                                   runs.front().string(), first, run.string(), data));
  return first;
}

int evaluate(const EvalSettings& settings) {
  const std::string data = data_of(settings.runs);
  const KnownTask& known = task_of(data);
  std::map<std::string, Scores> baselines;  // by name
  std::vector<Named> rows;
  const auto baseline = [&](const std::string& name, const std::function<Scores()>& measure) {
    if (!baselines.contains(name)) rows.push_back({name, baselines[name] = measure()});
    return baselines[name].json();
  };
  for (const auto& path : settings.runs) {
    TrainedRun run = open_run(path, settings.root);
    Task& task = *run.task;
    const auto options = options_in<RunOptions>(run.config, "run");
    if (!settings.json && rows.empty())
      fmt::print("{}: top-1 accuracy on {} test {}, %\n\n", data, task.labels(Split::test).size(), known.name);
    Json json{{"run", path.string()},
              {"data", data},
              {"encoder", run.config.name("encoder")},
              {"loss", run.config.name("loss")},
              {"epochs", options.epochs},
              {"seed", options.seed}};
    Json compared = Json::object();
    if (!settings.no_baselines) {
      compared[known.raw_key] = baseline(
          known.raw_name, [&] { return score(task, [&](Split split) { return task.raw_features(split); }); });
      compared["random_encoder"] =
          baseline(fmt::format("random {}, seed {}", describe_encoder(run.config), options.seed), [&] {
            Generator generator{.seed = uint64_t(options.seed)};
            return score(task, *task.make_encoder(generator));
          });
    }
    const Scores scores = score(task, run.model->encoder());
    rows.push_back({fmt::format("{}  ({})", run.config.name("loss"), path.string()), scores});
    json.update(scores.json());
    json.update(compared);
    AtomicFile file(run.folder.scores());  // for `nce report`
    file.write(json_text(json) + "\n");
    file.commit();
    if (settings.json) fmt::print("{}\n", json_text(json));
  }
  if (!settings.json) print_table(rows);
  return 0;
}

}  // namespace

Run add_eval(CLI::App& command) {
  auto settings = std::make_shared<EvalSettings>();
  command.add_option("--run", settings->runs, "Folder of a run; several give one table")->required();
  command.add_option("--root", settings->root, "Folder of the data set, where it has moved since training");
  command.add_flag("--json", settings->json,
                   "Print a JSON object per run instead of the table; accuracies are 0 .. 1");
  command.add_flag("--no-baselines", settings->no_baselines, "Leave out raw features and the random encoder");
  return [settings] { return evaluate(*settings); };
}

}  // namespace nce::cli
