#include "compare/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nce/core/number.h"
#include "pages/csv.h"
#include "pages/differences.h"
#include "pages/json.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

// What tells experiments apart. What is the same in all of a table is said once, above it.
struct Named {
  std::string encoder, loss, epochs, others;
};

std::vector<Named> names_of(const std::vector<Config>& experiments) {
  const std::vector<std::string> others = differences(experiments);
  std::vector<Named> names;
  for (size_t i = 0; i < experiments.size(); ++i) {
    const auto epochs = options_in<RunOptions>(experiments[i], "run").epochs;
    names.push_back({describe_encoder(experiments[i]), describe_loss(experiments[i]),
                     fmt::format("{} epoch{}", epochs, epochs == 1 ? "" : "s"), others[i]});
  }
  return names;
}

// The runs of one table, by experiment in their order.
struct Group {
  std::vector<std::string> keys;
  std::vector<Config> experiments;
  std::vector<std::vector<const ComparedRun*>> runs;

  void add(const ComparedRun& run) {
    const Config experiment = experiment_of(run.config);
    const std::string key = to_toml(experiment);
    const auto at = size_t(std::find(keys.begin(), keys.end(), key) - keys.begin());
    if (at == keys.size()) keys.push_back(key), experiments.push_back(experiment), runs.emplace_back();
    runs[at].push_back(&run);
  }
};

// The scores of `eval` under the columns of a table: a NaN where it has none.
std::vector<double> under(const std::vector<EvalFile::Column>& columns, const EvalFile& eval,
                          const std::vector<double>& scores) {
  std::vector<double> all;
  for (const auto& column : columns) {
    const auto at =
        std::find_if(eval.columns.begin(), eval.columns.end(), [&](auto& c) { return c.key == column.key; });
    all.push_back(at == eval.columns.end() ? NAN : scores[size_t(at - eval.columns.begin())]);
  }
  return all;
}

void add_row(ComparedTable& table, const std::string& name, const std::vector<const ComparedRun*>& runs) {
  ComparedRow row{.name = name, .planned = int64_t(runs.size())};
  for (const ComparedRun* run : runs) {
    if (!run->eval || run->eval->columns.empty()) continue;
    const int64_t seed = options_in<RunOptions>(run->config, "run").seed;
    row.scores.emplace(seed, under(table.columns, *run->eval, run->eval->scores));
    for (const EvalFile::Row& baseline : run->eval->baselines) {
      const auto known = std::find_if(table.rows.begin(), table.rows.end(),
                                      [&](const ComparedRow& r) { return r.baseline && r.name == baseline.title; });
      const auto at =
          known != table.rows.end() ? known : table.rows.insert(known, {.name = baseline.title, .baseline = true});
      if (at->scores.empty() || baseline.key == "random_encoder")  // the others are the same for all seeds
        at->scores.emplace(seed, under(table.columns, *run->eval, baseline.scores));
    }
  }
  table.rows.push_back(std::move(row));
}

ComparedTable table_of(const Group& group) {
  ComparedTable table;
  for (const auto& runs : group.runs)
    for (const ComparedRun* run : runs)
      if (run->eval && table.columns.size() < run->eval->columns.size())  // some may be measured with --full
        table.columns = run->eval->columns, table.measures = run->eval->measures, table.title = run->eval->protocol;
  const std::vector<Named> names = names_of(group.experiments);
  const auto differ = [&](std::string Named::*part) {
    return std::any_of(names.begin(), names.end(), [&](const Named& n) { return n.*part != names.front().*part; });
  };
  std::vector<std::string> above{group.experiments.front().name("data")};
  for (std::string Named::*part : {&Named::encoder, &Named::epochs})
    if (!differ(part)) above.push_back(names.front().*part);
  table.title = fmt::format("{}{}{}", fmt::join(above, ", "), table.title.empty() ? "" : ": ", table.title);
  for (size_t i = 0; i < names.size(); ++i) {
    std::vector<std::string> own{names[i].loss};
    if (differ(&Named::encoder)) own.insert(own.begin(), names[i].encoder);
    if (differ(&Named::epochs)) own.push_back(names[i].epochs);
    if (!names[i].others.empty()) own.push_back(names[i].others);
    add_row(table, fmt::format("{}", fmt::join(own, ", ")), group.runs[i]);
  }
  std::stable_partition(table.rows.begin(), table.rows.end(), [](const ComparedRow& row) { return row.baseline; });
  return table;
}

std::string p_text(double p) { return std::isnan(p) ? "" : p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p); }

std::string table_of(const ComparedTable& table, const std::string& measure) {
  std::string text;
  for (const auto& line : cells_of(table, measure)) {
    const bool head = text.empty();
    for (const std::string& cell : line) text += "| " + cell + " ";
    text += "|\n";
    for (size_t i = 0; head && i < line.size(); ++i) text += i == 0 ? "| ---" : " | ---:";
    if (head) text += " |\n";
  }
  return text;
}

// f(table, row, column, what the row is beside the first) for each score that there is.
void each_score(const std::vector<ComparedTable>& tables, auto f) {
  for (const ComparedTable& table : tables)
    for (const ComparedRow& row : table.rows)
      for (size_t i = 0; i < table.columns.size(); ++i)
        if (!row.scores.empty()) f(table, row, i, table.beside_first(row, i));
}

}  // namespace

double ComparedRow::mean(size_t column) const {
  double sum = 0, count = 0;
  for (const auto& [seed, values] : scores)
    if (!std::isnan(values[column])) sum += values[column], ++count;
  return count > 0 ? sum / count : NAN;
}

double ComparedRow::spread(size_t column) const {
  double squares = 0, count = 0;
  for (const auto& [seed, values] : scores)
    if (!std::isnan(values[column])) squares += std::pow(values[column] - mean(column), 2), ++count;
  return count < 2 ? NAN : std::sqrt(squares / (count - 1));
}

const ComparedRow* ComparedTable::first() const {
  const auto at = std::find_if(rows.begin(), rows.end(), [](const ComparedRow& row) { return !row.baseline; });
  return at == rows.end() ? nullptr : &*at;
}

std::optional<Paired> ComparedTable::beside_first(const ComparedRow& row, size_t column) const {
  const ComparedRow* base = first();
  if (row.baseline || &row == base) return {};
  std::vector<double> away;
  for (const auto& [seed, values] : row.scores)
    if (const auto pair = base->scores.find(seed); pair != base->scores.end())
      if (const double less = values[column] - pair->second[column]; !std::isnan(less)) away.push_back(less);
  return paired_t_test(away);
}

bool ComparedTable::paired() const {
  return !columns.empty() && std::any_of(rows.begin(), rows.end(), [&](const ComparedRow& row) {
    const auto beside = beside_first(row, 0);
    return beside && beside->pairs > 1;
  });
}

int64_t ComparedTable::tests() const {
  int64_t tests = 0;
  for (const ComparedRow& row : rows)
    for (size_t i = 0; i < columns.size(); ++i)
      if (const auto beside = beside_first(row, i)) tests += !std::isnan(beside->p);
  return tests;
}

std::vector<std::vector<std::string>> cells_of(const ComparedTable& table, const std::string& measure) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].measure == measure) columns.push_back(i);
  if (columns.empty()) return {};
  std::vector<std::vector<std::string>> cells{{"features", "seeds"}};
  for (const size_t i : columns) cells[0].insert(cells[0].end(), {table.columns[i].title, "less first", "p"});
  for (const ComparedRow& row : table.rows) {
    const auto n = int64_t(row.scores.size());
    std::vector<std::string> line{row.name,
                                  n < row.planned ? fmt::format("{} of {}", n, row.planned) : std::to_string(n)};
    for (const size_t i : columns) {
      const int times = table.columns[i].times;
      const double mean = times * row.mean(i), spread = times * row.spread(i);
      line.push_back(std::isnan(mean) ? "-"
                                      : fmt::format("{:.2f}{}", mean,
                                                    std::isnan(spread) ? "" : fmt::format(" ± {:.2f}", spread)));
      const auto beside = table.beside_first(row, i);
      if (!beside || beside->pairs == 0)
        line.insert(line.end(), {"", ""});
      else
        line.insert(line.end(),
                    {fmt::format("{:+.2f}{}{}", times * beside->mean,
                                 std::isnan(beside->error) ? "" : fmt::format(" ± {:.2f}", times * beside->error),
                                 beside->pairs < n ? fmt::format(" ({} seeds)", beside->pairs) : ""),
                     p_text(beside->p)});
    }
    cells.push_back(line);
  }
  return cells;
}

std::vector<ComparedTable> compare(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> keys;
  std::vector<Group> groups;
  for (const ComparedRun& run : runs) {
    const auto at = size_t(std::find(keys.begin(), keys.end(), run.table) - keys.begin());
    if (at == keys.size()) keys.push_back(run.table), groups.emplace_back();
    groups[at].add(run);
  }
  std::vector<ComparedTable> tables;
  std::vector<Config> firsts;
  for (const Group& group : groups) tables.push_back(table_of(group)), firsts.push_back(group.experiments.front());
  const std::vector<std::string> others = differences(firsts);
  std::multiset<std::string> titles;
  for (const ComparedTable& table : tables) titles.insert(table.title);
  for (size_t i = 0; i < tables.size(); ++i)
    if (titles.count(tables[i].title) > 1 && !others[i].empty()) tables[i].title += fmt::format(" ({})", others[i]);
  return tables;
}

std::string to_markdown(const std::vector<ComparedTable>& tables) {
  std::string text;
  int64_t tests = 0;
  for (const ComparedTable& table : tables) {
    text += fmt::format("{}{}\n", text.empty() ? "" : "\n", table.title);
    if (table.columns.empty()) text += "nothing is measured\n";
    for (const auto& [measure, protocol] : table.measures) {
      const std::string lines = table_of(table, measure);
      if (lines.empty()) continue;
      const std::string how = measure.empty() || protocol.empty() ? protocol : measure + ": " + protocol;
      text += (how.empty() ? "" : how + "\n") + "\n" + lines;
    }
    tests += table.tests();
  }
  text +=
      "\nMean ± standard deviation over seeds. Less first: the mean difference to the first line below the baselines, seed by "
      "seed, ± its\nstandard error; p: of the paired t-test.";
  if (tests > 1)
    text += fmt::format(" There are {} tests: by chance alone, about {:.1g} would have p below 0.05.", tests,
                        0.05 * double(tests));
  return text + "\n";
}

std::string to_csv(const std::vector<ComparedTable>& tables) {
  Csv csv({"table", "features", "score", "seeds", "mean", "spread", "pairs", "difference", "error", "p"});
  each_score(tables, [&](const ComparedTable& table, const ComparedRow& row, size_t i,
                         const std::optional<Paired>& beside) {
    std::vector<std::string> fields{table.title,          row.name,
                                    table.columns[i].key, std::to_string(row.scores.size()),
                                    field(row.mean(i)),   field(row.spread(i))};
    if (beside)
      fields.insert(fields.end(),
                    {std::to_string(beside->pairs), field(beside->mean), field(beside->error), field(beside->p)});
    fields.resize(10);
    csv.row(fields);
  });
  return csv.text();
}

std::string to_json_lines(const std::vector<ComparedTable>& tables) {
  std::string text;
  each_score(tables, [&](const ComparedTable& table, const ComparedRow& row, size_t i,
                         const std::optional<Paired>& beside) {
    Json json{{"table", table.title},       {"features", row.name},         {"score", table.columns[i].key},
              {"seeds", row.scores.size()}, {"mean", json_of(row.mean(i))}, {"spread", json_of(row.spread(i))}};
    if (beside)
      json.update(Json{{"pairs", beside->pairs},
                       {"difference", json_of(beside->mean)},
                       {"error", json_of(beside->error)},
                       {"p", json_of(beside->p)}});
    text += json_text(json) + "\n";
  });
  return text;
}

}  // namespace nce::cli
