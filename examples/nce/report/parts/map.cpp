#include <fmt/format.h>
#include <cmath>

#include "nce/core/ops.h"
#include "nce/nn/eval/pca.h"
#include "nce/nn/eval/trustworthiness.h"
#include "report/part.h"

namespace nce::cli {
namespace {

Json make(Material& material) {
  const Sample& sample = material.sample();
  const Tensor x = normalize(sample.features);
  const Tensor plane = nn::fit_pca(x, 2).project(x);
  const auto at = plane.to_vector<double>();
  Json points = Json::array();
  for (size_t i = 0; i < sample.examples.size(); ++i)
    points.push_back({std::round(at[2 * i] * 1e4) / 1e4, std::round(at[2 * i + 1] * 1e4) / 1e4, sample.labels[i]});
  Json texts = Json::array();
  for (const int i : sample.examples)
    if (const std::string text = material.trained().task->text(sample.split, i); !text.empty())
      texts.push_back(text);
  Json map{{"heading", fmt::format("{} examples, features of {}: PCA, trustworthiness {:.2f}, continuity {:.2f}",
                                   sample.examples.size(), material.shown().name, nn::trustworthiness(x, plane),
                                   nn::continuity(x, plane))},
           {"classes", sample.names},
           {"points", points}};
  if (texts.size() == sample.examples.size()) map["texts"] = texts;
  if (!material.pictures().empty()) map["pictures"] = material.pictures();
  return map;
}

}  // namespace

Part map_part() {
  return {
      .id = "map",
      .title = "Map",
      .read =
          "Each point is an example that training has not seen, with the colour of its class; the encoder never saw the classes. "
          "Points near each other have similar features. Move over a point to see what it is.",
      .bad = "colours that are mixed everywhere, or all points on a line.",
      .kind = "map",
      .make = make};
}

}  // namespace nce::cli
