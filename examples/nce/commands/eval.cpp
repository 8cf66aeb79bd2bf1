#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/ops.h"
#include "nce/data/catalogue.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/linear_probe.h"
#include "run/model.h"
#include "run/trained_run.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

struct EvalSettings {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path root;
  bool json = false, no_baselines = false;
};

struct Sets {
  data::Dataset train, test;
};

struct Features {
  Tensor train, test;
};

/// Top-1 accuracies on the test set, 0 .. 1.
struct Scores {
  double knn20, knn200, linear;
  Json json() const { return {{"knn", knn20}, {"knn_200", knn200}, {"linear", linear}}; }
};

Scores score(const Features& features, const Sets& sets) {
  const int most = int(sets.train.size());
  const std::array<int, 2> ks{std::min(20, most), std::min(200, most)};
  const auto knn = nn::knn_accuracies(features.train, sets.train.labels, features.test, sets.test.labels, ks,
                                      {.temperature = 0.1});
  const std::array<double, 4> penalties{1e-2, 1e-3, 1e-4, 1e-5};  // each row of the table gets what suits it best
  const nn::LinearProbe probe =
      nn::fit_linear_probe(features.train, sets.train.labels, penalties, {.classes = sets.train.classes});
  return {.knn20 = knn[0], .knn200 = knn[1], .linear = probe.accuracy(features.test, sets.test.labels)};
}

Features encode(nn::Encoder& encoder, const Sets& sets, const data::Normalisation& normalisation) {
  return {.train = features_of(encoder, sets.train, normalisation, kAll),
          .test = features_of(encoder, sets.test, normalisation, kAll)};
}

Features raw_pixels(const Sets& sets) {
  const auto flat = [](const data::Dataset& set) {
    const std::vector<float> zero(size_t(set.channels), 0.0f), one(size_t(set.channels), 1.0f);
    const Tensor pixels = data::to_tensor(set, 0, set.size(), {.mean = zero, .std = one});
    return reshape(pixels, {set.size(), -1});
  };
  return {.train = flat(sets.train), .test = flat(sets.test)};
}

struct Row {
  std::string name;
  Scores scores;
};

void print_table(const std::vector<Row>& rows) {
  size_t width = 16;
  for (const Row& row : rows) width = std::max(width, row.name.size() + 2);
  fmt::print("{:<{}}{:>9}{:>9}{:>9}\n", "features", width, "kNN 20", "kNN 200", "linear");
  for (const auto& [name, s] : rows)
    fmt::print("{:<{}}{:>9.1f}{:>9.1f}{:>9.1f}\n", name, width, 100 * s.knn20, 100 * s.knn200, 100 * s.linear);
}

int evaluate(const EvalSettings& settings) {
  std::vector<TrainedRun> runs;
  for (const auto& path : settings.runs) runs.push_back(open_run(path, settings.root));
  const TrainSettings& first = runs.front().settings;
  for (const TrainedRun& run : runs)
    if (run.settings.data != first.data)
      throw UsageError(fmt::format("--run: {} was trained on {}, {} on {}: measure them one by one",
                                   runs.front().folder.path().string(), first.data, run.folder.path().string(),
                                   run.settings.data));

  const Sets sets{.train = data::load_dataset(first.data, first.root, data::Split::train),
                  .test = data::load_dataset(first.data, first.root, data::Split::test)};
  if (!settings.json) fmt::print("{}: top-1 accuracy on {} test images, %\n\n", first.data, sets.test.size());
  std::optional<Scores> raw;
  if (!settings.no_baselines) raw = score(raw_pixels(sets), sets);
  std::map<std::string, Scores> random;  // by what the weights before training depend on

  std::vector<Row> rows;
  if (raw) rows.push_back({"raw pixels", *raw});
  for (const TrainedRun& run : runs) {
    const TrainSettings& s = run.settings;
    Model model = make_model(s, image_size(sets.train));
    const data::Normalisation normalisation = load_encoder(run, model);
    const std::string untrained =
        fmt::format("random {}{}, seed {}", s.encoder, s.width ? fmt::format("-{}", s.width) : "", s.seed);
    if (!settings.no_baselines && !random.contains(untrained)) {
      const Model before = make_model(s, image_size(sets.train));
      random[untrained] = score(encode(*before.encoder, sets, normalisation), sets);
      rows.push_back({untrained, random[untrained]});
    }
    const Scores scores = score(encode(*model.encoder, sets, normalisation), sets);
    rows.push_back({fmt::format("{}  ({})", s.loss, run.folder.path().string()), scores});

    Json json{{"run", run.folder.path().string()},
              {"data", s.data},
              {"encoder", s.encoder},
              {"loss", s.loss},
              {"epochs", s.epochs},
              {"seed", s.seed}};
    json.update(scores.json());
    if (raw) json["raw_pixels"] = raw->json();
    if (!settings.no_baselines) json["random_encoder"] = random[untrained].json();
    AtomicFile file(run.folder.scores());  // for `nce report`
    file.write(json.dump() + "\n");
    file.commit();
    if (settings.json) fmt::print("{}\n", json.dump());
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
