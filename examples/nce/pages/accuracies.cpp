#include "pages/accuracies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nce/core/files/json.h"
#include "nce/core/nearest.h"
#include "pages/csv.h"
#include "pages/json.h"
#include "usage.h"

namespace nce::cli {
namespace {

// Where a column stands in a group; the number of its columns where it has none of that name.
size_t place_of(const Accuracies& group, const std::string& column) {
  const auto named = [&](const Accuracies::Column& c) { return c.key == column || c.title == column; };
  return size_t(std::find_if(group.columns.begin(), group.columns.end(), named) - group.columns.begin());
}

// The keys of all groups' columns.
std::vector<std::string> all_keys(const std::vector<Accuracies>& groups) {
  std::vector<std::string> keys;
  for (const Accuracies& group : groups)
    for (const auto& column : group.columns)
      if (std::find(keys.begin(), keys.end(), column.key) == keys.end()) keys.push_back(column.key);
  return keys;
}

}  // namespace

double Accuracies::mean(size_t column) const {
  double sum = 0, count = 0;
  for (const Run& run : runs)
    if (!std::isnan(run.scores[column])) sum += run.scores[column], ++count;
  return count > 0 ? sum / count : NAN;
}

std::string Accuracies::shown(size_t column, int decimals) const {
  const double mean = columns[column].times * this->mean(column),
               spread = columns[column].times * this->spread(column);
  if (std::isnan(mean)) return "-";
  return fmt::format("{:.{}f}{}", mean, decimals,
                     std::isnan(spread) ? "" : fmt::format(" ± {:.{}f}", spread, decimals));
}

double Accuracies::spread(size_t column) const {
  double squares = 0, count = 0;
  for (const Run& run : runs)
    if (!std::isnan(run.scores[column])) squares += std::pow(run.scores[column] - mean(column), 2), ++count;
  return count < 2 ? NAN : std::sqrt(squares / (count - 1));
}

std::string Accuracies::source() const {
  return runs.size() == 1 ? runs[0].name
                          : fmt::format("{} {}", runs.size(), runs[0].name.empty() ? "seeds" : "runs");
}

std::string to_markdown(const std::vector<Accuracies>& groups) {
  std::string text;
  const std::vector<Accuracies::Column>* columns = nullptr;
  for (const Accuracies& group : groups) {
    if (!columns || *columns != group.columns) {
      text += fmt::format("{}| data | features | run |", columns ? "\n" : "");
      for (const auto& column : group.columns) text += fmt::format(" {} |", column.title);
      text += "\n| --- | --- | --- |";
      for (size_t i = 0; i < group.columns.size(); ++i) text += " ---: |";
      text += "\n";
      columns = &group.columns;
    }
    text += fmt::format("| {} | {} | {} |", group.data, group.features, group.source());
    for (size_t i = 0; i < group.columns.size(); ++i) text += fmt::format(" {} |", group.shown(i, 2));
    text += "\n";
  }
  return text;
}

std::string to_csv(const std::vector<Accuracies>& groups) {
  std::vector<std::string> header{"data", "features", "run"};
  const std::vector<std::string> keys = all_keys(groups);
  for (const std::string& key : keys) header.push_back(key), header.push_back(key + "_spread");
  Csv csv(header);
  for (const Accuracies& group : groups) {
    std::vector<std::string> fields{group.data, group.features, group.source()};
    for (const std::string& key : keys) {
      const size_t at = place_of(group, key);
      const bool has = at < group.columns.size();
      fields.push_back(has ? field(group.mean(at)) : ""), fields.push_back(has ? field(group.spread(at)) : "");
    }
    csv.row(fields);
  }
  return csv.text();
}

std::string to_json_lines(const std::vector<Accuracies>& groups) {
  std::string text;
  for (const Accuracies& group : groups) {
    Json row{{"data", group.data}, {"features", group.features}, {"runs", Json::array()}};
    for (const Accuracies::Run& run : group.runs)
      if (!run.name.empty()) row["runs"].push_back(run.name);
    for (size_t i = 0; i < group.columns.size(); ++i) {
      row[group.columns[i].key] = json_of(group.mean(i));
      if (group.runs.size() > 1) row[group.columns[i].key + "_spread"] = json_of(group.spread(i));
    }
    text += json_text(row) + "\n";
  }
  return text;
}

void sort_by(std::vector<Accuracies>& groups, const std::string& column) {
  const auto score = [&](const Accuracies& group) {
    const size_t at = place_of(group, column);
    return at < group.columns.size() && !std::isnan(group.mean(at)) ? group.mean(at) : -INFINITY;
  };
  if (std::all_of(groups.begin(), groups.end(), [&](auto& group) { return std::isinf(score(group)); }))
    throw UsageError(fmt::format("--sort: no column is called '{}'; {}", column, offer(column, all_keys(groups))));
  for (auto begin = groups.begin(); begin != groups.end();) {
    const auto end = std::find_if(begin, groups.end(), [&](const Accuracies& g) { return g.data != begin->data; });
    std::stable_sort(begin, end, [&](const Accuracies& a, const Accuracies& b) { return score(a) > score(b); });
    begin = end;
  }
}

}  // namespace nce::cli
