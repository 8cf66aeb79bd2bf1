#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "arguments.h"
#include "command.h"
#include "compare/jobs.h"
#include "compare/table.h"
#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/parallel.h"
#include "run/child.h"
#include "run/interrupt.h"
#include "run/settings.h"
#include "terminal.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct CompareSettings {
  std::vector<std::filesystem::path> what;
  std::filesystem::path out;
  std::string split = "test", layer = "encoder";
  int64_t jobs = 1;
  bool full = false, csv = false, json = false, no_report = false;
};

void print(const CompareSettings& s, const std::vector<ComparedTable>& tables) {
  fmt::print("{}", s.csv ? to_csv(tables) : s.json ? to_json_lines(tables) : to_markdown(tables));
}

// Scores of a run of which nothing is measured, or that was trained since, are left out, and that is said.
std::optional<EvalFile> eval_of(const RunFolder& run, const EvalOf& of, std::vector<std::string>& problems) try {
  check(is_there(run.scores(of.split, of.layer)), "{} is not measured yet: {}", run.path().string(),
        eval_command(run, of));
  EvalFile eval = read_eval(run, of);
  check(run.weights().empty() || run.weights() == eval.weights,
        "{}: the run has been trained since; measure it again: {}", run.path().string(), eval_command(run, of));
  return eval;
} catch (const Error& error) {
  problems.emplace_back(error.what());
  return {};
}

int finish(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) complain(Tone::error, problem);
  return problems.empty() ? 0 : 1;
}

int sweep(const CompareSettings& s, const std::vector<Given>& given) {
  if (s.out.empty()) throw UsageError("--out is needed: the folder to write the runs to");
  if (s.jobs < 1) throw UsageError(fmt::format("--jobs: must be at least 1, got {}", s.jobs));
  const std::vector<PlannedRun> runs = plan(s.what.empty() ? Sweep{} : read_sweep(s.what.front()), given);
  const EvalOf of{.split = split_named(s.split), .layer = s.layer};
  const JobSettings jobs{.folder = s.out,
                         .measure = of,
                         .full = s.full,
                         .jobs = s.jobs,
                         .threads = std::max(1, num_threads() / int(std::min<int64_t>(s.jobs, num_threads()))),
                         .told = s.csv || s.json ? stderr : stdout};
  catch_interrupts();
  const JobsDone done = make_runs(runs, jobs);
  if (interrupted()) {
    std::fputs("interrupted; all is saved. The same line goes on\n", jobs.told);
    return interrupt_exit_code();
  }
  std::vector<ComparedRun> compared;
  std::map<size_t, int64_t> sizes;            // of tables, those that are measured
  std::vector<std::string> measured, unseen;  // what is not measured has failed, and was said
  for (const PlannedRun& run : runs) {
    const RunFolder folder = folder_of(run, jobs);
    compared.push_back(
        {.table = std::to_string(run.table), .config = run.config, .eval = eval_of(folder, of, unseen)});
    if (compared.back().eval) measured.push_back(folder.path().string()), ++sizes[run.table];
  }
  std::fputs("\n", jobs.told);
  print(s, compare(compared));
  std::vector<std::string> problems;
  if (!s.no_report && !measured.empty()) {
    const std::string page = (s.out / "report.html").string();
    std::vector<std::string> words{"nce", "report", "--out", page, "--split", s.split, "--layer", s.layer};
    words.insert(words.end(), measured.begin(), measured.end());
    words.emplace_back("--tables");
    for (const auto& [table, size] : sizes) words.push_back(std::to_string(size));
    if (Child(kThisProgram, words, "", s.out / "report.txt").wait() == 0)
      fmt::print(jobs.told, "\n{}: open it in a browser\n", page);
    else
      problems.push_back(fmt::format("{} could not be made: see {}", page, (s.out / "report.txt").string()));
  }
  for (const std::string& failure : done.failures) problems.push_back(failure);
  return finish(problems);
}

// "0.2"; what is not there, "-".
std::string value_in(const Config& config, const std::string& table, const std::string& key) {
  const Option* option = config.find(table, key);
  return !option ? "-" : option->value.empty() ? "unset" : option->value;
}

// Two runs side by side: settings that differ, then all scores.
std::string side_by_side(const std::vector<ComparedRun>& runs, const std::vector<std::string>& names) {
  const ComparedRun &a = runs[0], &b = runs[1];
  std::string text = fmt::format("| setting | {} | {} |\n| --- | --- | --- |\n", names[0], names[1]);
  std::set<std::string> known;
  for (const ComparedRun* run : {&a, &b})
    for (const Config::Table& table : run->config.tables)
      for (const Option& option : table.options) {
        const std::string left = value_in(a.config, table.name, option.name),
                          right = value_in(b.config, table.name, option.name);
        if (left != right && known.insert(table.name + " " + option.name).second)
          text += fmt::format("| [{}] {} | {} | {} |\n", table.name, option.name, left, right);
      }
  if (known.empty()) text = "their settings are the same\n";
  if (!a.eval || !b.eval || a.eval->columns.empty() || b.eval->columns.empty()) return text;
  const bool same = a.eval->identity == b.eval->identity && a.eval->protocol == b.eval->protocol;
  text += "\n" +
          (same ? a.eval->protocol : fmt::format("{}; {}: not to be compared", a.eval->protocol, b.eval->protocol));
  text += fmt::format("\n\n| score | {} | {} | difference |\n| --- | ---: | ---: | ---: |\n", names[0], names[1]);
  for (size_t i = 0; i < a.eval->columns.size(); ++i)
    for (size_t j = 0; j < b.eval->columns.size(); ++j) {
      const auto& column = a.eval->columns[i];
      const double left = column.times * a.eval->scores[i], right = column.times * b.eval->scores[j];
      if (column.key == b.eval->columns[j].key)
        text += fmt::format("| {} | {:.2f} | {:.2f} | {} |\n", column.title, left, right,
                            same ? fmt::format("{:+.2f}", right - left) : "");
    }
  return text;
}

int by_hand(const CompareSettings& s) {
  const EvalOf of{.split = split_named(s.split), .layer = s.layer};
  std::vector<ComparedRun> runs;
  std::vector<std::string> names, problems;
  std::map<std::string, std::string> known;
  for (const auto& path : s.what) try {
      const RunFolder folder(path);
      const Config config = read_run(folder);
      const std::string twin = to_toml(experiment_of(config)) + value_in(config, "run", "seed");
      if (const auto [same, fresh] = known.emplace(twin, path.string()); !fresh && s.what.size() > 2) {
        complain(Tone::note,
                 fmt::format("{} and {} differ in nothing: the first counts", same->second, path.string()));
        continue;
      }
      const auto eval = eval_of(folder, of, problems);
      runs.push_back(
          {.table = eval ? eval->identity + eval->protocol : config.name("data"), .config = config, .eval = eval});
      names.push_back(path.string());
    } catch (const UsageError& error) {
      if (s.what.size() == 2) throw;
      problems.emplace_back(error.what());
    }
  if (runs.size() == 2 && s.what.size() == 2 && !s.csv && !s.json)
    fmt::print("{}", side_by_side(runs, names));
  else if (!runs.empty())
    print(s, compare(runs));
  return finish(problems);
}

int run(const CompareSettings& s, const std::vector<Given>& given) {
  if (s.csv && s.json) throw UsageError("--csv and --json exclude each other");
  const bool folders = !s.what.empty() && is_folder(s.what.front());
  if (!folders) {
    if (s.what.size() > 1)
      throw UsageError(fmt::format("{}: give one file of a comparison, or folders of runs", s.what[1].string()));
    return sweep(s, given);
  }
  if (s.what.size() == 1)
    throw UsageError(
        fmt::format("{}: one run has nothing to be compared with; name two or more", s.what[0].string()));
  if (!given.empty())
    throw UsageError(fmt::format("{}: runs that are there have their own settings; leave it out", given[0].origin));
  if (!s.out.empty())
    throw UsageError(
        "--out is of comparisons that are to be made; runs that are there are shown on a page by nce report --out");
  return by_hand(s);
}

}  // namespace

Run add_compare(CLI::App& command) {
  auto s = std::make_shared<CompareSettings>();
  command.add_option(
      "FILE_OR_RUN", s->what,
      "A TOML file with the settings of many runs; or folders of runs: two are laid side by side, more make a table");
  command.add_option("--out", s->out, "Folder of the runs, and of report.html with all of them");
  command.add_option("--jobs", s->jobs, "Runs at a time; they share the threads")->capture_default_str();
  add_split_and_layer(command, s->split, s->layer);
  command.add_flag("--full", s->full, "Measure all, as nce eval --full");
  command.add_flag("--csv", s->csv, "Print a CSV table, a line a row and score; scores are 0 .. 1");
  command.add_flag("--json", s->json, "Print a JSON object per row and score; scores are 0 .. 1");
  command.add_flag("--no-report", s->no_report, "Do not write report.html");
  command.footer(
      "Options of nce train hold for all runs, and win over the file. One that is given several times makes rows: each of its "
      "values. The first row is what the others are compared with, seed by seed. What is done is not done again.\n"
      "Examples:\n"
      "  nce compare examples/sc_info_nce.toml --root DIR --out runs/sc\n"
      "  nce compare --loss info_nce --loss dcl --seed 1 --seed 2 --seed 3 --out runs/dcl\n"
      "  nce compare runs/a runs/b");
  const auto given = declare(command, train_sections());
  for (CLI::Option* option : command.get_options())
    if (option->get_group().starts_with('[')) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return [s, given] { return run(*s, given()); };
}

}  // namespace nce::cli
