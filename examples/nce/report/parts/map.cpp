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
  // With --head-dim 2 the run was trained to give a map.
  const bool own = sample.projection.size(1) == 2;
  const Tensor map =
      own ? sample.projection : nn::neighbour_embedding(x, {.neighbours = std::min(10, int(x.size(0)) - 1)});
  const auto at = map.to_vector<double>();
  double most = 1e-30;
  for (const double value : at) most = std::max(most, std::abs(value));
  const auto place = [&](double value) { return std::round(value / most * 1e4) / 1e2; };  // no axes: any unit
  Json points = Json::array();
  for (size_t i = 0; i < sample.examples.size(); ++i)
    points.push_back({place(at[2 * i]), place(at[2 * i + 1]), sample.labels[i]});
  Json texts = Json::array();
  for (const int i : sample.examples)
    if (const std::string text = material.trained().task->text(sample.split, i); !text.empty())
      texts.push_back(text);
  Json made{{"heading",
             fmt::format("{} examples, {} of {}: trustworthiness {:.2f}, continuity {:.2f} (PCA: {:.2f}, {:.2f})",
                         sample.examples.size(), own ? "the two outputs of the head" : "features",
                         material.shown().name, nn::trustworthiness(x, map), nn::continuity(x, map),
                         nn::trustworthiness(x, plane), nn::continuity(x, plane))},
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
