#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "nce/core/ops.h"
#include "nce/nn/eval/neighbour_embedding.h"
#include "nce/nn/eval/pca.h"
#include "nce/nn/eval/trustworthiness.h"
#include "report/part.h"

namespace nce::cli {
namespace {

Json make(Material& material) {
  const Sample& sample = material.sample();
  const Tensor x = normalize(sample.features);
  const Tensor plane = nn::fit_pca(x, 2).project(x);
  const Tensor map = nn::neighbour_embedding(x, {.neighbours = std::min(10, int(x.size(0)) - 1)});
  const auto at = map.to_vector<double>();
  Json points = Json::array();
  for (size_t i = 0; i < sample.examples.size(); ++i)
    points.push_back({std::round(at[2 * i] * 1e2) / 1e2, std::round(at[2 * i + 1] * 1e2) / 1e2, sample.labels[i]});
  Json texts = Json::array();
  for (const int i : sample.examples)
    if (const std::string text = material.trained().task->text(sample.split, i); !text.empty())
      texts.push_back(text);
  Json made{
      {"heading",
       fmt::format("{} examples, features of {}: trustworthiness {:.2f}, continuity {:.2f} (PCA: {:.2f}, {:.2f})",
                   sample.examples.size(), material.shown().name, nn::trustworthiness(x, map),
                   nn::continuity(x, map), nn::trustworthiness(x, plane), nn::continuity(x, plane))},
      {"classes", sample.names},
      {"points", points}};
  if (texts.size() == sample.examples.size()) made["texts"] = texts;
  if (!material.pictures().empty()) made["pictures"] = material.pictures();
  return made;
}

}  // namespace

Part map_part() {
  return {
      .id = "map",
      .title = "Map",
      .read =
          "Each point is an example that training has not seen, with the colour of its class; the encoder never saw the classes. "
          "Points near each other have similar features; how far apart groups lie says little. Trustworthiness: near on the map is "
          "near in the features; continuity: the reverse; both at most 1. Move over a point to see what it is.",
      .bad = "colours that are mixed everywhere, or a group of one colour that holds points of many others.",
      .kind = "map",
      .make = make};
}

}  // namespace nce::cli
