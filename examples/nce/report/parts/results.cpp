#include <fmt/format.h>
#include <cmath>

#include "report/part.h"

namespace nce::cli {
namespace {

Json make(Material& material) {
  Json tables = Json::array();
  for (size_t first = 0; first < material.results.size();) {
    const auto& columns = material.results[first].columns;
    const std::string& data = material.results[first].data;
    Json names{"features", "of"}, rows = Json::array(), baselines = Json::array();
    for (const auto& column : columns) names.push_back(column.title);
    size_t last = first;
    for (; last < material.results.size() && material.results[last].columns == columns &&
           material.results[last].data == data;
         ++last) {
      const Accuracies& line = material.results[last];
      Json row{line.features, line.source()};
      for (size_t c = 0; c < columns.size(); ++c)
        row.push_back(line.runs.size() > 1
                          ? fmt::format("{:.1f} ± {:.1f}", 100 * line.mean(c), 100 * line.spread(c))
                          : fmt::format("{:.1f}", 100 * line.mean(c)));
      if (!line.runs.empty() && line.runs.front().name.empty()) baselines.push_back(rows.size());
      rows.push_back(row);
    }
    tables.push_back(
        {{"title", data}, {"columns", names}, {"text", {0, 1}}, {"rows", rows}, {"baselines", baselines}});
    first = last;
  }
  return tables.empty() ? Json() : Json{{"tables", tables}};
}

}  // namespace

Part results_part() {
  return {
      .id = "results",
      .title = "Results",
      .read =
          "Each number is 100 times the score that nce eval measured on examples that training has not seen. Grey lines learned "
          "nothing: they show what the examples, or an encoder as it was drawn, are worth. Where seeds differ: mean ± standard "
          "deviation.",
      .bad = "a trained encoder that is not above its grey lines has learned nothing that helps.",
      .kind = "tables",
      .make = make};
}

}  // namespace nce::cli
