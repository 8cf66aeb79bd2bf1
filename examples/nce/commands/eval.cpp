#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "arguments.h"
#include "command.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/json.h"
#include "run/baselines.h"
#include "run/meter.h"
#include "run/settings.h"
#include "run/trained_run.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

using Json = nlohmann::ordered_json;

using data::Split;

struct EvalSettings {
  std::vector<std::filesystem::path> runs;
  Places places;
  std::string split = "test";
  bool json = false, no_baselines = false;
};

// "72.6", with a spread "72.6 ± 0.4".
std::string in_percent(const Score& score) {
  return fmt::format("{:.1f}{}", 100 * score.value,
                     score.spread ? fmt::format(" ± {:.1f}", 100 * *score.spread) : "");
}

// What was measured on one data set: a table.
struct Measured {
  std::string data, root, protocol;  // "glyphs", its folder, what is measured
  std::vector<std::pair<std::string, Scores>> rows = {};
  std::map<std::string, Scores> baselines = {};  // by digest
  std::vector<std::string> kept = {};            // baselines that were measured before: "raw pixels (runs/a)"

  // `baseline` as measured now or before.
  const Scores& take(const RunFolder& run, const std::string& digest, const Baseline& baseline) {
    const auto found = baselines.find(digest);
    if (found != baselines.end() && !digest.empty()) return found->second;
    const std::optional<Kept> before = kept_baseline(run, digest);
    if (before) kept.push_back(fmt::format("{} ({})", baseline.name, before->run.string()));
    rows.emplace_back(baseline.name, before ? before->scores : baseline.measure());
    return baselines[digest] = rows.back().second;
  }
};

void print_table(const std::vector<std::pair<std::string, Scores>>& rows) {
  std::vector<std::vector<std::string>> cells{{"features"}};
  for (const Score& score : rows.front().second)
    if (!score.title.empty()) cells[0].push_back(score.title);
  for (const auto& [name, scores] : rows) {
    cells.push_back({name});
    for (const Score& score : scores)
      if (!score.title.empty()) cells.back().push_back(in_percent(score));
  }
  for (const auto& row : cells) {
    for (size_t i = 0; i < row.size(); ++i) {
      size_t width = i == 0 ? 14 : 7;
      for (const auto& other : cells) width = std::max(width, columns_of(other.at(i)));
      const std::string space(width - columns_of(row[i]), ' ');
      fmt::print("{}", i == 0 ? row[i] + space : "  " + space + row[i]);
    }
    fmt::print("\n");
  }
}

void print_tables(const std::vector<Measured>& tables) {
  for (const Measured& table : tables) {
    if (table.rows.empty()) continue;  // nothing could be measured
    const bool other = tables.size() > 1 && !table.root.empty();
    const std::string data = table.data + (other ? fmt::format(" ({})", table.root) : "");
    if (&table != &tables.front()) fmt::print("\n");
    fmt::print("{}: {}\n", data, table.protocol);
    if (table.rows.front().second.empty()) continue;  // the protocol says why
    fmt::print("\n");
    print_table(table.rows);
    if (!table.kept.empty()) fmt::print("\nnot measured again: {}\n", fmt::join(table.kept, ", "));
  }
}

// What eval.json holds: the run; the columns and the baselines with their names in tables; all scores.
Json measure(const TrainedRun& run, Measured& table, bool with_baselines) {
  Task& task = *run.task;
  const auto options = options_in<RunOptions>(run.config, "run");
  const std::string& loss = run.config.name("loss");
  Meter meter;
  const auto scores_of = [&](const std::string& name, TaskEncoder& encoder) {
    return task.score([&](Split split) {
      meter.stage(name, int64_t(task.labels(split).size()));
      return features_in_parts(
          task.all(split), [&](std::span<const int> part) { return encoder.features(split, part); }, meter);
    });
  };
  Json names = Json::array(), compared = Json::object();
  const auto add = [&](const std::string& title, const std::string& digest, const Baseline& baseline) {
    names.push_back({{"key", baseline.key}, {"title", title}, {"digest", digest}});
    compared[baseline.key] = json_of(table.take(run.folder, digest, baseline));
  };
  if (with_baselines) {
    for (const Baseline& baseline : task.baselines())
      add(baseline.name, baseline_digest(run, baseline.name, ""), {baseline.key, baseline.name, [&] {
                                                                     meter.stage(baseline.name);
                                                                     return baseline.measure();
                                                                   }});
    const std::string title = "random " + describe_encoder(run.config),
                      name = fmt::format("{}, seed {}", title, options.seed);
    add(title, random_encoder_digest(run), {"random_encoder", name, [&] {
                                              Generator generator{.seed = uint64_t(options.seed)};
                                              return scores_of(name, *task.make_encoder(generator));
                                            }});
  }
  const std::string name = fmt::format("{}  ({})", loss, run.folder.path().string());
  const Scores scores = scores_of(name, run.model->encoder());
  table.rows.emplace_back(name, scores);
  Json columns = Json::array();
  for (const Score& score : scores)
    if (!score.title.empty()) columns.push_back({{"key", score.key}, {"title", score.title}});
  Json json{{"run", run.folder.path().string()},
            {"weights", run.folder.weights()},
            {"data", table.data},
            {"identity", task.identity()},
            {"protocol", table.protocol},
            {"encoder", run.config.name("encoder")},
            {"loss", loss},
            {"epochs", options.epochs},
            {"seed", options.seed},
            {"columns", columns}};
  if (scores.empty()) return json;
  json["baselines"] = names;
  json.update(json_of(scores));
  json.update(compared);
  return json;
}

int evaluate(const EvalSettings& settings) {
  const Split split = split_named(settings.split);
  for (const auto& path : settings.runs) {  // what is wrong with the line is said before all work
    Config config = read_run(RunFolder(path));
    put_places(config, path, settings.places);
    check_split(config, path, split);
  }
  std::vector<Measured> tables;
  std::map<std::string, size_t> table_of_data;  // by identity and protocol
  std::map<std::string, std::string> known;     // runs by their weights
  std::vector<std::string> problems;            // they are said after all that could be measured
  for (const auto& path : settings.runs) try {
      const TrainedRun run = open_run(path, settings.places, split);
      if (const auto [same, fresh] = known.emplace(run.folder.weights(), path.string()); !fresh) {
        complain(Tone::note, fmt::format("{} has the weights of {}: it counts once", path.string(), same->second));
        continue;
      }
      const auto [at, fresh] = table_of_data.emplace(run.task->identity() + run.task->protocol(), tables.size());
      if (fresh) {
        const std::string& data = run.config.name("data");
        const Option* root = run.config.find("data", "root");
        tables.push_back({.data = data, .root = root ? root->value : "", .protocol = run.task->protocol()});
      }
      const std::string json = json_text(measure(run, tables[at->second], !settings.no_baselines)) + "\n";
      if (settings.json) fmt::print("{}", json), std::fflush(stdout);
      AtomicFile file(run.folder.scores(split));  // for `nce report`
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
  settings->places.each([&](const char* flag, std::filesystem::path& place, const char* help) {
    command.add_option(flag, place, help);
  });
  command
      .add_option("--split", settings->split,
                  "test, or validation: what --validation held out of training, to choose settings by")
      ->check(one_of({"test", "validation"}))
      ->capture_default_str();
  command.add_flag("--json", settings->json,
                   "Print a JSON object per run instead of the table; accuracies are 0 .. 1, with top-5 too");
  command.add_flag("--no-baselines", settings->no_baselines, "Leave out raw features and the random encoder");
  return [settings] { return evaluate(*settings); };
}

}  // namespace nce::cli
