#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "nce/core/ops.h"
#include "nce/losses/metrics.h"
#include "nce/nn/eval/pca.h"
#include "report/part.h"

namespace nce::cli {
namespace {

Json make(Material& material) {
  const Sample& sample = material.sample();
  Json panels = Json::array();
  for (const auto& [title, x] : {std::pair("features of the encoder", sample.features),
                                 std::pair("projection, which the loss saw", sample.projection)}) {
    const Tensor u = normalize(x);
    const nn::Pca pca = nn::fit_pca(u, 1);
    Json points = Json::array();
    const double most = pca.variance.empty() ? 0 : std::sqrt(pca.variance.front());
    for (size_t i = 0; i < pca.variance.size(); ++i)
      if (const double value = std::sqrt(pca.variance[i]); value > 1e-6 * most) points.push_back({i + 1, value});
    panels.push_back({{"title", fmt::format("{}: {:.0f} of {} dimensions in use", title,
                                            losses::effective_rank(u - mean(u, 0)), u.size(1))},
                      {"log", true},
                      {"series", {{{"run", 0}, {"points", points}}}}});
  }
  return {{"x", "direction"}, {"panels", panels}};
}

}  // namespace

Part spectrum_part() {
  return {
      .id = "spectrum",
      .title = "Spectrum",
      .read =
          "How much the examples differ along each direction, largest first, on a logarithmic scale. How many are in use is the "
          "effective rank.",
      .bad = "a cliff after a few directions: the rest of the embedding is not used (dimensional collapse).",
      .kind = "curves",
      .make = make};
}

}  // namespace nce::cli
