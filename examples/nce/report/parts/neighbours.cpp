#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "nce/core/ops.h"
#include "nce/nn/eval/knn.h"
#include "report/part.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

constexpr size_t kShown = 8, kNear = 3;
constexpr int kFound = 50;  // of which those with a text of their own are shown

// A few examples that have a text, drawn by the run's seed, with those that are nearest to them. The same text again is left
// out: it says nothing.
Json make(Material& material) {
  const Sample& sample = material.sample();
  TrainedRun& run = material.trained();
  std::vector<std::string> texts;
  for (const int i : sample.examples) texts.push_back(run.task->text(sample.split, i));
  if (std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); })) return {};

  std::vector<int> drawn(texts.size());
  std::iota(drawn.begin(), drawn.end(), 0);
  Random(Key(uint64_t(options_in<RunOptions>(run.config, "run").seed)).fold(3)).shuffle(drawn);
  std::erase_if(drawn, [&](int i) { return texts[size_t(i)].empty(); });
  drawn.resize(std::min(kShown, drawn.size()));
  const nn::Neighbours found = nn::nearest_neighbours(sample.features, index_select(sample.features, 0, drawn),
                                                      std::min(kFound, int(texts.size())));
  Json rows = Json::array();
  for (size_t row = 0; row < drawn.size(); ++row) {
    const auto own = size_t(drawn[row]);
    std::set<std::string> seen{texts[own], ""};
    Json near = Json::array();
    for (int k = 0; k < found.k && near.size() < kNear; ++k) {
      const size_t at = row * size_t(found.k) + size_t(k), other = size_t(found.row[at]);
      if (!seen.insert(texts[other]).second) continue;
      Json line{{"value", fmt::format("{:.2f}", found.cosine[at])}, {"text", texts[other]}};
      if (!sample.classes.empty()) line["right"] = sample.labels[other] == sample.labels[own];
      near.push_back(line);
    }
    rows.push_back({{"text", texts[own]}, {"near", near}});
  }
  return {{"rows", rows}};
}

}  // namespace

Part neighbours_part() {
  return {
      .id = "neighbours",
      .title = "What lies near",
      .read =
          "Below each line are the three that its features are most similar to, with the cosine: 1 is the same direction. "
          "The lines are drawn by the run's seed. They are not chosen because they look well.",
      .bad = "lines below that share words with the first, but not its meaning; or the same lines below all.",
      .kind = "lines",
      .make = make};
}

}  // namespace nce::cli
