#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
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
#include "pages/csv.h"
#include "run/baselines.h"
#include "run/measures.h"
#include "run/meter.h"
#include "run/settings.h"
#include "run/subjects.h"
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
  std::string split = "test", layer = "encoder";
  bool json = false, csv = false, no_baselines = false, full = false;
};

// "72.6", with a spread "72.6 ± 0.4"; what is no share, "-2.81".
std::string shown(const Score& score) {
  if (!std::isfinite(score.value)) return "-";
  const int decimals = score.times == 1 ? 2 : 1;
  return fmt::format("{:.{}f}{}", score.times * score.value, decimals,
                     score.spread ? fmt::format(" ± {:.{}f}", score.times * *score.spread, decimals) : "");
}

// What was measured on one data set: a table for each measure.
struct Measured {
  std::string data, root, protocol, method;  // "glyphs", its folder, what is measured, and how
  std::vector<std::pair<std::string, std::string>> measures = {};  // those beside the task's own, and how
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

// The columns of a table: the scores of a measure that have a title.
Scores titled(const Scores& scores, const std::string& measure) {
  Scores columns;
  for (const Score& score : scores)
    if (!score.title.empty() && score.measure == measure) columns.push_back(score);
  return columns;
}

const Score* find(const Scores& scores, const std::string& key) {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& s) { return s.key == key; });
  return found == scores.end() ? nullptr : &*found;
}

// The last row is a run: it has all columns.
void print_table(const std::vector<std::pair<std::string, Scores>>& rows, const std::string& measure) {
  const Scores columns = titled(rows.back().second, measure);
  std::vector<std::vector<std::string>> cells{{"features"}};
  for (const Score& column : columns) cells[0].push_back(column.title);
  for (const auto& [name, scores] : rows) {
    cells.push_back({name});
    for (const Score& column : columns) {
      const Score* score = find(scores, column.key);
      cells.back().push_back(score ? shown(*score) : "-");
    }
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
    fmt::print("{}\n", fitted(STDOUT_FILENO, fmt::format("{}: {}", data, table.protocol), 0));
    if (table.rows.back().second.empty()) continue;  // the protocol says why
    if (!titled(table.rows.back().second, "").empty()) {
      if (!table.method.empty()) fmt::print("{}\n", fitted(STDOUT_FILENO, table.method, 0));
      fmt::print("\n");
      print_table(table.rows, "");
    }
    for (const auto& [name, protocol] : table.measures) {
      fmt::print("\n{}\n\n", fitted(STDOUT_FILENO, fmt::format("{}: {}", name, protocol), 0));
      print_table(table.rows, name);
    }
    if (!table.kept.empty()) fmt::print("\nnot measured again: {}\n", fmt::join(table.kept, ", "));
  }
}

// What eval.json holds: the run; the columns and the baselines with their names in tables; all scores.
Json measure(const TrainedRun& run, const EvalSettings& settings, Measured& table) {
  Task& task = *run.task;
  const auto options = options_in<RunOptions>(run.config, "run");
  const std::string& loss = run.config.name("loss");
  const bool full = settings.full, projection = settings.layer == "projection";
  Meter meter;
  Subjects subjects(run, settings.places, projection, full && !table.measures.empty(), meter);
  Json names = Json::array(), compared = Json::object();
  const auto add = [&](const std::string& title, const std::string& digest, const Baseline& baseline) {
    names.push_back({{"key", baseline.key}, {"title", title}, {"digest", digest}});
    compared[baseline.key] = json_of(table.take(run.folder, digest, baseline));
  };
  const std::string of = full ? "full\n" : "";
  if (!settings.no_baselines) {
    for (const Baseline& baseline : task.baselines())
      add(baseline.name, baseline_digest(run, baseline.name, of),
          {baseline.key, baseline.name, [&] {
             meter.stage(baseline.name);
             return full && baseline.features ? measure_all(subjects.plain(baseline), true) : baseline.measure();
           }});
    const std::string title = fmt::format("random {}{}", describe_encoder(run.config), projection ? ", head" : ""),
                      name = fmt::format("{}, seed {}", title, options.seed);
    add(title, random_encoder_digest(run, of, projection),
        {"random_encoder", name, [&] { return measure_all(subjects.random(name), full); }});
  }
  const std::string name =
      fmt::format("{}{}  ({})", loss, projection ? ", projection" : "", run.folder.path().string());
  const Scores scores = measure_all(subjects.trained(name), full);
  meter.clear();
  table.rows.emplace_back(name, scores);
  Json columns = Json::array(), measures = Json::array();
  for (const Score& score : scores)
    if (!score.title.empty()) {
      columns.push_back({{"key", score.key}, {"title", score.title}});
      if (score.times != 100) columns.back()["times"] = score.times;
      if (!score.measure.empty()) columns.back()["measure"] = score.measure;
    }
  for (const auto& [measure, protocol] : table.measures)
    measures.push_back({{"name", measure}, {"protocol", protocol}});
  Json json{{"run", run.folder.path().string()},
            {"weights", run.folder.weights()},
            {"data", table.data},
            {"identity", task.identity()},
            {"protocol", table.protocol},
            {"method", table.method},
            {"measures", measures},
            {"layer", settings.layer},
            {"encoder", run.config.name("encoder")},
            {"loss", loss},
            {"epochs", options.epochs},
            {"seed", options.seed},
            {"columns", columns}};
  if (scores.empty()) return json;
  json["baselines"] = names;
  json.update(json_of(scores));
  for (const Json& column : columns)  // what a baseline does not have
    for (Json& baseline : compared)
      if (!baseline.contains(column["key"])) baseline[column["key"].get<std::string>()] = nullptr;
  json.update(compared);
  return json;
}

// A line a row: scores as they are, each with its spread over the repeats of its protocol.
std::string csv_of(const std::vector<Measured>& tables) {
  std::vector<std::string> header{"data", "features"}, keys;
  for (const Measured& table : tables)
    for (const auto& [name, scores] : table.rows)
      for (const Score& score : scores)
        if (!score.title.empty() && std::find(keys.begin(), keys.end(), score.key) == keys.end())
          keys.push_back(score.key);
  for (const std::string& key : keys) header.insert(header.end(), {key, key + "_spread"});
  Csv csv(header);
  for (const Measured& table : tables)
    for (const auto& [name, scores] : table.rows) {
      std::vector<std::string> fields{table.data, name};
      for (const std::string& key : keys) {
        const Score* score = find(scores, key);
        fields.push_back(score ? field(score->value) : "");
        fields.push_back(score && score->spread ? field(*score->spread) : "");
      }
      csv.row(fields);
    }
  return csv.text();
}

int evaluate(const EvalSettings& settings) {
  if (settings.json && settings.csv) throw UsageError("--csv and --json exclude each other");
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
        const std::string of = settings.layer == "projection" ? "; of the projection" : "";
        tables.push_back({.data = data,
                          .root = root ? root->value : "",
                          .protocol = run.task->protocol() + of,
                          .method = run.task->method()});
        for (const Measure& measure : cli::measures())
          if (std::string how = measure.protocol(*run.task); settings.full && !how.empty())
            tables.back().measures.emplace_back(measure.name, std::move(how));
      }
      const std::string json = json_text(measure(run, settings, tables[at->second])) + "\n";
      if (settings.json) fmt::print("{}", json), std::fflush(stdout);
      AtomicFile file(run.folder.scores(split, settings.layer));  // for `nce report`
      file.write(json);
      file.commit();
    } catch (const Error& error) { problems.emplace_back(error.what()); }
  if (settings.csv) fmt::print("{}", csv_of(tables));
  if (!settings.json && !settings.csv) print_tables(tables);
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
  add_split_and_layer(command, settings->split, settings->layer);
  command.add_flag("--full", settings->full,
                   "Measure all: probes of few labels, k-means, silhouette, retrieval, alignment, uniformity, "
                   "effective rank, states beside the target of the loss");
  command.add_flag("--json", settings->json,
                   "Print a JSON object per run instead of the table; accuracies are 0 .. 1, with top-5, confusion "
                   "matrices and the accuracy of each class");
  command.add_flag("--csv", settings->csv, "Print a CSV table; accuracies are 0 .. 1");
  command.add_flag("--no-baselines", settings->no_baselines, "Leave out raw features and the random encoder");
  return [settings] { return evaluate(*settings); };
}

}  // namespace nce::cli
