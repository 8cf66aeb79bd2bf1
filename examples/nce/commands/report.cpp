#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

#include "arguments.h"
#include "command.h"
#include "compare/table.h"
#include "nce/core/error.h"
#include "nce/core/files/atomic_file.h"
#include "nce/core/files/paths.h"
#include "pages/accuracies.h"
#include "pages/differences.h"
#include "report/page.h"
#include "report/pictures.h"
#include "run/eval_file.h"
#include "run/log.h"
#include "run/settings.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct ReportSettings {
  std::vector<std::filesystem::path> runs;
  std::string sort, split = "test", layer = "encoder";
  std::filesystem::path out, png;
  std::vector<int64_t> tables;
  bool csv = false, json = false;
};

// A line of the table as it grows.
struct Group {
  std::string data, identity, protocol, measured;
  std::optional<Config> experiment = {};  // of runs; baselines have none
  Accuracies accuracies = {};
  std::vector<std::map<std::string, double>> scores = {};  // one a run, by column: those that it has
};

// Baselines have no settings. Where one was measured on several choices of a set's examples, each says which.
void name_protocols(const std::vector<Group*>& baselines) {
  std::map<std::string, std::set<std::string>> protocols;  // by name
  for (const Group* group : baselines) protocols[group->accuracies.features].insert(group->protocol);
  for (Group* group : baselines)
    if (protocols[group->accuracies.features].size() > 1)
      group->accuracies.features += fmt::format(" ({})", group->protocol);
}

class Report {
 public:
  explicit Report(EvalOf of) : of_(std::move(of)) {}
  /// An error: what is there cannot be read, or is of other weights. Runs that are not measured are said and left out.
  void add(const RunFolder& run, const std::string& table) {
    const Config config = read_run(run);
    const std::string name = run.path().string();
    const std::filesystem::path file = run.scores(of_.split, of_.layer);
    if (!is_there(file)) {
      say(fmt::format("{} is not measured yet, and is left out: {}", name, eval_command(run, of_)));
      return;
    }
    measured_ = true;
    const EvalFile eval = read_eval(run, of_);
    check(run.weights().empty() || run.weights() == eval.weights,
          "{}: the run has been trained since; measure the run again: {}", file.string(), eval_command(run, of_));
    if (!eval.columns.empty())
      compared_.push_back(
          {.table = table.empty() ? eval.identity + eval.protocol : table, .config = config, .eval = eval});
    if (const auto [same, fresh] = known_.emplace(eval.weights, name); !fresh) {
      say(fmt::format("{} has the weights of {}: it counts once", name, same->second));
      return;
    }
    const std::string& data = config.name("data");
    const Option* root = config.find("data", "root");
    sets_[data].emplace(eval.identity, root && !root->value.empty() ? root->value + ", " : "");
    std::vector<Accuracies::Column> columns;
    for (const auto& [key, title, measure, times] : eval.columns) columns.push_back({key, title, measure, times});
    if (columns.empty()) {
      say(fmt::format("{}: {}", name, eval.protocol));
      return;
    }
    // Only what was measured alike shares a line. What --full adds may be missing.
    std::string measured = fmt::format("{}\n{}\n{}\n", data, eval.identity, eval.protocol);
    for (const auto& column : columns)
      if (column.measure.empty()) measured += column.key + "\n";
    if (auto& [known, measures] = columns_[measured]; columns.size() > known.size())
      known = columns, measures = eval.measures;
    // `once`: rows of one source are the same measurement.
    const auto add = [&](const std::string& key, const std::string& features, const std::string& source, bool once,
                         const std::vector<double>& scores) -> Group& {
      Group& group = groups_[measured + key];
      group.data = data, group.identity = eval.identity, group.protocol = eval.protocol, group.measured = measured;
      group.accuracies.features = features;
      std::map<std::string, double> values;
      for (size_t i = 0; i < columns.size(); ++i)
        if (!std::isnan(scores[i])) values.emplace(columns[i].key, scores[i]);
      const auto [at, fresh] = sources_.emplace(measured + key + "\n" + source, group.scores.size());
      if (once && !fresh)
        group.scores[at->second].merge(values);
      else
        group.accuracies.runs.push_back({.name = once ? "" : name, .scores = {}}), group.scores.push_back(values);
      return group;
    };
    const auto options = options_in<RunOptions>(config, "run");
    const std::string encoder = describe_encoder(config);
    size_t place = 0;
    for (const auto& [key, title, scores] : eval.baselines) {
      const bool random = key == "random_encoder";  // the others do not depend on the run
      add(fmt::format("0{:03}{}", place++, title), title,
          fmt::format("{}{}", eval.identity, random ? fmt::format(" {}", options.seed) : ""), true, scores);
    }
    const Config experiment = experiment_of(config);
    add("1" + to_toml(experiment),
        fmt::format("{}, {}, {} epoch{}", encoder, describe_loss(config), options.epochs,
                    options.epochs == 1 ? "" : "s"),
        eval.weights, false, eval.scores)
        .experiment = experiment;
  }

  /// Groups with all that tells them apart in their names.
  std::vector<Accuracies> table() {
    for (const auto& [data, identities] : sets_)
      for (const auto& [identity, root] : identities) {
        std::vector<Group*> trained, baselines;
        std::vector<Config> experiments;
        for (auto& [key, group] : groups_)
          if (group.data == data && group.identity == identity) {
            (group.experiment ? trained : baselines).push_back(&group);
            if (group.experiment) experiments.push_back(*group.experiment);
          }
        const std::vector<std::string> differing = differences(experiments);
        for (size_t i = 0; i < trained.size(); ++i)
          if (!differing[i].empty()) trained[i]->accuracies.features += ", " + differing[i];
        name_protocols(baselines);
      }
    std::vector<Accuracies> table;
    for (auto& [key, group] : groups_) {
      const auto& [columns, measures] = columns_[group.measured];
      group.accuracies.columns = columns, group.accuracies.measures = measures;
      for (size_t i = 0; i < group.scores.size(); ++i)
        for (const auto& column : columns) {
          const auto at = group.scores[i].find(column.key);
          group.accuracies.runs[i].scores.push_back(at == group.scores[i].end() ? NAN : at->second);
        }
      group.accuracies.data = group.data + (of_.split == data::Split::validation ? " (validation)" : "");
      if (const auto& named = sets_[group.data]; named.size() > 1)  // one name, several sets
        group.accuracies.data += fmt::format(" ({}{})", named.at(group.identity), group.identity.substr(0, 8));
      table.push_back(group.accuracies);
    }
    return table;
  }

  /// The runs that are measured, for tests beside the first one.
  const std::vector<ComparedRun>& compared() const { return compared_; }
  /// Whether any run was.
  bool measured() const { return measured_; }
  /// What was said of runs that are not in the table.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void say(const std::string& note) {
    complain(Tone::note, note);
    notes_.push_back(note);
  }

  const EvalOf of_;
  std::vector<std::string> notes_;
  bool measured_ = false;
  std::map<std::string, Group> groups_;                             // by data set, baselines first
  std::map<std::string, std::map<std::string, std::string>> sets_;  // names of data, their identities, a folder
  std::map<std::string, std::string> known_;                        // runs by their weights
  std::map<std::string, size_t> sources_;                           // of lines: which of their runs
  // All that was measured alike has the columns of the run that has most.
  std::map<std::string,
           std::pair<std::vector<Accuracies::Column>, std::vector<std::pair<std::string, std::string>>>>
      columns_;
  std::vector<ComparedRun> compared_;
};

// Which of the tables of --tables the run at this place is in.
std::string table_at(int64_t place, const std::vector<int64_t>& sizes) {
  size_t table = 0;
  while (table < sizes.size() && place >= sizes[table]) place -= sizes[table++];
  return sizes.empty() ? "" : std::to_string(table);
}

// The page of --out. Runs that go on, or that are not measured, are on it too.
void write_page(const ReportSettings& settings, const std::vector<std::filesystem::path>& paths,
                std::vector<Accuracies> table, const std::vector<ComparedRun>& compared,
                std::vector<std::string> left_out) {
  std::vector<PageRun> runs;
  for (const auto& path : paths) {
    RunFolder folder(path);
    runs.push_back(
        {.folder = folder, .name = path.string(), .config = read_run(folder), .log = read_log(folder.log())});
  }
  // Errors now rather than after the work.
  const auto browser = settings.png.empty() ? std::filesystem::path() : find_browser();
  std::optional<AtomicFile> file;
  if (!settings.out.empty()) file.emplace(settings.out);
  Material material(std::move(runs), std::move(table));
  material.left_out = std::move(left_out);
  if (std::vector<ComparedTable> tests = compare(compared);
      std::any_of(tests.begin(), tests.end(), [](const ComparedTable& t) { return t.paired(); }))
    material.tests = std::move(tests);
  const std::string page = report_page(material);
  if (file) {
    file->write(page), file->commit();
    fmt::print("{}: {:.1f} MB; open it in a browser\n", settings.out.string(), double(page.size()) / 1e6);
  }
  if (!settings.png.empty())
    fmt::print("{}: {} pictures\n", settings.png.string(), save_pictures(browser, page, settings.png));
}

int report(const ReportSettings& settings) {
  const bool page = !settings.out.empty() || !settings.png.empty();
  if (int(settings.csv) + int(settings.json) + int(page) > 1)
    throw UsageError(
        fmt::format("--csv, --json and {} exclude each other", settings.out.empty() ? "--png" : "--out"));
  if (!settings.tables.empty()) {
    if (!page) throw UsageError("--tables is of the page: add --out");
    const int64_t runs = std::accumulate(settings.tables.begin(), settings.tables.end(), int64_t(0));
    if (runs != int64_t(settings.runs.size()))
      throw UsageError(fmt::format("--tables: they have {} runs, but {} are given", runs, settings.runs.size()));
  }
  Report report({.split = split_named(settings.split), .layer = settings.layer});
  std::vector<std::string> problems;  // they are said after all that can be shown
  std::vector<std::filesystem::path> there;
  std::optional<UsageError> no_run;
  for (int64_t place = 0; const auto& path : settings.runs) try {
      const std::string table = table_at(place++, settings.tables);
      read_run(RunFolder(path));
      there.push_back(path);
      report.add(RunFolder(path), table);
    } catch (const UsageError& error) {
      if (!no_run) no_run = error;
      problems.emplace_back(error.what());
    } catch (const Error& error) { problems.emplace_back(error.what()); }
  if (there.empty() && no_run) throw *no_run;
  std::vector<Accuracies> table = report.table();
  if (!settings.sort.empty() && !table.empty()) sort_by(table, settings.sort);
  std::vector<std::string> left_out = report.notes();
  left_out.insert(left_out.end(), problems.begin(), problems.end());
  if (page)
    write_page(settings, there, std::move(table), report.compared(), std::move(left_out));
  else
    fmt::print("{}", settings.csv ? to_csv(table) : settings.json ? to_json_lines(table) : to_markdown(table));
  if (!problems.empty()) fail("{}", fmt::join(problems, "\nnce: "));
  return report.measured() || page ? 0 : 1;
}

}  // namespace

Run add_report(CLI::App& command) {
  auto settings = std::make_shared<ReportSettings>();
  command.add_option("RUN", settings->runs, "Folders of runs that nce eval has measured")->required();
  command
      .add_option("--sort", settings->sort, "The largest first within each data set, by a column: knn, linear, ...")
      ->type_name("COLUMN");
  command.add_option(
      "--out", settings->out,
      "Write a page instead, report.html: curves, tables, pictures, in one file that needs nothing else");
  command.add_option("--png", settings->png,
                     "Folder to write each picture of the page to, as PNG. Chromium or Chrome draws them");
  command
      .add_option("--tables", settings->tables,
                  "How many runs each table of paired tests has, in their order; without it, all on the same data")
      ->type_name("N");
  add_split_and_layer(command, settings->split, settings->layer);
  command.add_flag("--csv", settings->csv, "Print a CSV table; scores are 0 .. 1");
  command.add_flag("--json", settings->json, "Print a JSON object per line of the table; scores are 0 .. 1");
  command.footer(
      "A line names the settings that differ between the runs on its data. Runs that differ only in their seed share a "
      "line: mean and standard deviation.\n"
      "Examples:\n"
      "  nce report runs/* --sort linear\n"
      "  nce report runs/a runs/b --out report.html --png pictures");
  return [settings] { return report(*settings); };
}

}  // namespace nce::cli
