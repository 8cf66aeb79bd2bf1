#include <fmt/format.h>

#include "report/part.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

constexpr size_t kShown = 8;
constexpr int kViews = 8;

Json make(Material& material) {
  if (material.pictures().empty()) return {};
  const Sample& sample = material.sample();
  TrainedRun& run = material.trained();
  Json rows = Json::array();
  for (const int i : material.drawn(kShown)) {
    const int example = sample.examples[size_t(i)];
    Json cells = Json::array();
    cells.push_back({{"picture", material.pictures()[size_t(i)]}});
    for (int view = 1; view <= kViews; ++view)
      cells.push_back({{"picture", material.sprite.add(run.task->picture(sample.split, example, view))}});
    rows.push_back({{"cells", cells}});
    if (!sample.names.empty()) rows.back()["text"] = sample.names[size_t(sample.labels[size_t(i)])];
  }
  return {{"heading", fmt::format("{} views of each example: {}", kViews, describe_views(run.config))},
          {"rows", rows}};
}

}  // namespace

Part views_part() {
  return {
      .id = "views",
      .title = "Views",
      .read =
          "Left an example as it is, beside it views of it. The loss draws views of one example together: what they do not share, "
          "the encoder learns to leave out.",
      .bad = "views that show no longer what the example is, or views that all look like the example.",
      .kind = "pictures",
      .make = make};
}

}  // namespace nce::cli
