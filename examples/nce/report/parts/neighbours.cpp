#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nce/core/ops.h"
#include "nce/nn/eval/knn.h"
#include "report/part.h"

namespace nce::cli {
namespace {

constexpr size_t kShown = 8, kNearPictures = 8, kNearTexts = 3;
constexpr int kFound = 50;  // of which those with a text of their own are shown

// A few examples, with those that are nearest to them, as pictures or as texts. The same text again is left out: it says
// nothing.
Json make(Material& material) {
  const Sample& sample = material.sample();
  const std::vector<int>& pictures = material.pictures();
  const bool shown = !pictures.empty();
  std::vector<std::string> texts(sample.examples.size());
  if (!shown)
    for (size_t i = 0; i < texts.size(); ++i)
      texts[i] = material.trained().task->text(sample.split, sample.examples[i]);
  std::vector<int> drawn = material.drawn(texts.size());
  if (!shown) std::erase_if(drawn, [&](int i) { return texts[size_t(i)].empty(); });
  if (drawn.empty()) return {};
  drawn.resize(std::min(kShown, drawn.size()));
  const nn::Neighbours found = nn::nearest_neighbours(sample.features, index_select(sample.features, 0, drawn),
                                                      std::min(kFound, int(texts.size())));
  const auto cell = [&](size_t i) -> Json {
    return shown ? Json{{"picture", pictures[i]}} : Json{{"text", texts[i]}};
  };
  Json rows = Json::array();
  for (size_t row = 0; row < drawn.size(); ++row) {
    const auto own = size_t(drawn[row]);
    std::set<std::string> seen{texts[own], ""};
    Json near = Json::array();
    for (int k = 0; k < found.k && near.size() < (shown ? kNearPictures : kNearTexts); ++k) {
      const size_t at = row * size_t(found.k) + size_t(k), other = size_t(found.row[at]);
      if (shown ? other == own : !seen.insert(texts[other]).second) continue;
      Json line = cell(other);
      line["value"] = fmt::format("{:.2f}", found.cosine[at]);
      if (!sample.classes.empty()) line["right"] = sample.labels[other] == sample.labels[own];
      near.push_back(line);
    }
    if (!shown) {
      rows.push_back({{"text", texts[own]}, {"near", near}});
      continue;
    }
    near.insert(near.begin(), cell(own));
    rows.push_back({{"cells", near}});
    if (!sample.names.empty()) rows.back()["text"] = sample.names[size_t(sample.labels[own])];
  }
  if (!shown) return {{"rows", rows}};
  return {
      {"kind", "pictures"},
      {"heading", fmt::format("Examples and their {} nearest of {}", kNearPictures, texts.size())},
      {"rows", rows},
      {"read",
       "Left an example, beside it the others that its features are most similar to, with the "
       "cosine: 1 is the same direction. A green frame has a tick: of the same class; a red one has a cross. The examples are "
       "drawn by the run's seed, not chosen."},
      {"bad",
       "red frames that share a colour or a shape with the example, but not what it is; or the same few pictures "
       "everywhere."}};
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
