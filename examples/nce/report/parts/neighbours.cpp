#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "report/part.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

constexpr int64_t kAmong = 2000;
constexpr size_t kShown = 8, kNear = 3;

// A few examples that have a text, drawn by the run's seed, with those that are nearest to them. The same text again is left
// out: it says nothing.
Json make(Material& material) {
  TrainedRun& run = material.trained();
  const Task& task = *run.task;
  const data::Split split = material.sample().split;
  const std::vector<int> among = task.sample(split, kAmong, Key(3));
  if (among.empty() || task.exhibit(split, among.front()).text.empty()) return {};  // nothing to read
  std::vector<std::string> texts;
  for (const int i : among) texts.push_back(task.exhibit(split, i).text);

  const NoGrad no_grad;
  material.meter.stage(fmt::format("what lies near, of {}", material.shown().name), int64_t(among.size()));
  const Tensor x = normalize(features_in_parts(
      among, [&](std::span<const int> part) { return run.model->encoder().features(split, part); },
      material.meter));
  std::vector<size_t> drawn(among.size());
  std::iota(drawn.begin(), drawn.end(), size_t{0});
  Random(Key(uint64_t(options_in<RunOptions>(run.config, "run").seed)).fold(3)).shuffle(drawn);
  Json rows = Json::array();
  for (size_t k = 0; k < drawn.size() && rows.size() < kShown; ++k) {
    const size_t own = drawn[k];
    if (texts[own].empty()) continue;
    const auto cosines = sum(x * slice(x, 0, int64_t(own), int64_t(own) + 1), 1).to_vector<float>();
    std::vector<size_t> order(cosines.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cosines[a] > cosines[b]; });
    std::set<std::string> seen{texts[own], ""};
    Json near = Json::array();
    for (size_t i = 0; i < order.size() && near.size() < kNear; ++i) {
      const size_t other = order[i];
      if (!seen.insert(texts[other]).second) continue;
      Json line{{"value", fmt::format("{:.2f}", cosines[other])}, {"text", texts[other]}};
      if (task.has_labels())
        line["right"] = task.labels(split)[size_t(among[other])] == task.labels(split)[size_t(among[own])];
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
