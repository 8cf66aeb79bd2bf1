#include "pages/accuracies.h"

#include <fmt/format.h>

#include <cmath>

namespace nce::cli {
namespace {

std::string summary(const Accuracies& group, size_t score) {
  const double n = double(group.runs.size());
  double sum = 0, squares = 0;
  for (const auto& [run, scores] : group.runs) sum += 100 * scores[score];
  if (std::isnan(sum)) return "no labels";
  for (const auto& [run, scores] : group.runs) squares += std::pow(100 * scores[score] - sum / n, 2);
  if (group.runs.size() == 1) return fmt::format("{:.2f}", sum);
  return fmt::format("{:.2f} ± {:.2f}", sum / n, std::sqrt(squares / (n - 1)));
}

}  // namespace

std::string to_markdown(const std::vector<Accuracies>& groups) {
  std::string text = "| data | features | runs |", line = "\n| --- | --- | ---: |";
  for (const Score& score : kScores) text += fmt::format(" {} |", score.title), line += " ---: |";
  text += line + "\n";
  for (const Accuracies& group : groups) {
    text += fmt::format("| {} | {} | {} |", group.data, group.features, group.runs.size());
    for (size_t i = 0; i < std::size(kScores); ++i) text += fmt::format(" {} |", summary(group, i));
    text += "\n";
  }
  return text;
}

}  // namespace nce::cli
