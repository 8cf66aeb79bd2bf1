#include "pages/accuracies.h"

#include <fmt/format.h>

#include <cmath>

namespace nce::cli {
namespace {

std::string summary(const Accuracies& group, size_t score) {
  const double n = double(group.runs.size());
  double sum = 0, squares = 0;
  for (const auto& [run, scores] : group.runs) sum += 100 * scores[score];
  for (const auto& [run, scores] : group.runs) squares += std::pow(100 * scores[score] - sum / n, 2);
  if (group.runs.size() == 1) return fmt::format("{:.2f}", sum);
  return fmt::format("{:.2f} ± {:.2f}", sum / n, std::sqrt(squares / (n - 1)));
}

}  // namespace

std::string to_markdown(const std::vector<Accuracies>& groups) {
  std::string text;
  const std::vector<std::string>* columns = nullptr;
  for (const Accuracies& group : groups) {
    if (!columns || *columns != group.columns) {
      text += fmt::format("{}| data | features | runs |", columns ? "\n" : "");
      for (const std::string& title : group.columns) text += fmt::format(" {} |", title);
      text += "\n| --- | --- | ---: |";
      for (size_t i = 0; i < group.columns.size(); ++i) text += " ---: |";
      text += "\n";
      columns = &group.columns;
    }
    text += fmt::format("| {} | {} | {} |", group.data, group.features, group.runs.size());
    for (size_t i = 0; i < group.columns.size(); ++i) text += fmt::format(" {} |", summary(group, i));
    text += "\n";
  }
  return text;
}

}  // namespace nce::cli
