#include <fmt/format.h>
#include <span>

#include "report/part.h"

namespace nce::cli {
namespace {

// A table for each measure that the group's lines have.
void add_tables(Json& tables, std::span<const Accuracies> lines) {
  const Accuracies& first = lines.front();
  for (const auto& [measure, protocol] : first.measures) {
    std::vector<size_t> shown;
    for (size_t c = 0; c < first.columns.size(); ++c)
      if (first.columns[c].measure == measure) shown.push_back(c);
    if (shown.empty()) continue;
    Json names{"features", "of"}, rows = Json::array(), baselines = Json::array();
    for (const size_t c : shown) names.push_back(first.columns[c].title);
    for (const Accuracies& line : lines) {
      Json row{line.features, line.source()};
      for (const size_t c : shown) row.push_back(line.shown(c, line.columns[c].times == 100 ? 1 : 2));
      if (line.runs.front().name.empty()) baselines.push_back(rows.size());
      rows.push_back(row);
    }
    tables.push_back({{"title", measure.empty() ? first.data : fmt::format("{}: {}", first.data, measure)},
                      {"note", protocol},
                      {"columns", names},
                      {"text", {0, 1}},
                      {"rows", rows},
                      {"baselines", baselines}});
  }
}

// Those with tests, as `nce compare` prints them.
void add_tables(Json& tables, const ComparedTable& table) {
  Json baselines = Json::array();
  for (size_t r = 0; r < table.rows.size(); ++r)
    if (table.rows[r].baseline) baselines.push_back(r);
  for (const auto& [measure, protocol] : table.measures) {
    auto cells = cells_of(table, measure);
    if (cells.empty()) continue;
    const std::vector<std::string> head = cells.front();
    cells.erase(cells.begin());
    tables.push_back({{"title", measure.empty() ? table.title : fmt::format("{}: {}", table.title, measure)},
                      {"note", protocol},
                      {"columns", head},
                      {"rows", cells},
                      {"baselines", baselines}});
  }
}

Json make(Material& material) {
  Json tables = Json::array();
  for (const ComparedTable& table : material.tests) add_tables(tables, table);
  if (!tables.empty()) return {{"tables", tables}};
  const std::span<const Accuracies> all = material.results;
  for (size_t first = 0, last = 0; first < all.size(); first = last) {
    while (last < all.size() && all[last].columns == all[first].columns && all[last].data == all[first].data)
      ++last;
    add_tables(tables, all.subspan(first, last - first));
  }
  return tables.empty() ? Json() : Json{{"tables", tables}};
}

}  // namespace

Part results_part() {
  return {
      .id = "results",
      .title = "Results",
      .read =
          "Scores that nce eval measured, on examples that training has not seen where there are any; shares are in %. Grey lines "
          "learned nothing: they show what the examples, or an encoder as it was drawn, are worth. Where seeds differ: mean ± "
          "standard deviation. Less first: the mean difference to the first line that is not grey, seed by seed, ± its standard error; p: of "
          "the paired t-test, how often chance alone makes as large a difference.",
      .bad = "a trained encoder that is not above its grey lines has learned nothing that helps.",
      .kind = "tables",
      .make = make};
}

}  // namespace nce::cli
