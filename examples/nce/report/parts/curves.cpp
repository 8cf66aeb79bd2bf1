#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include <functional>
#include <optional>

#include "pages/differences.h"
#include "report/part.h"
#include "run/log.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

// A panel: a number of the log, over epochs.
struct Panel {
  const char* title;
  const char* key;
  const char* event;             // whose lines have it
  const char* name = "";         // of the line where a panel has two
  const char* second = nullptr;  // another number, dashed
  const char* second_name = "";
};
constexpr Panel kPanels[] = {
    {"loss", "loss", "step"},
    {"kNN on a sample of the test examples", "knn", "epoch"},
    {"correlation on the pairs", "sts", "epoch"},
    {"probability of the positive", "positive", "step", "measured", "target_by_label",
     "target if views told their label only"},
    {"alignment: mean squared distance of two views", "alignment", "step"},
    {"uniformity: lower is more spread out", "uniformity", "step"},
    {"effective rank: dimensions in use", "effective_rank", "step"},
    {"learning rate", "lr", "step"},
};

// Points (epochs done, value). Steps become epochs by the steps that the first whole epoch had.
Json points(const PageRun& run, const char* event, const std::string& key) {
  double per_epoch = 0;
  for (const auto& line : run.log)
    if (is_event(line, "epoch") && per_epoch == 0)
      per_epoch = number_in(line, "step").value_or(0) / number_in(line, "epoch").value_or(1);
  Json points = Json::array();
  for (const auto& line : run.log) {
    const auto value = number_in(line, key), step = number_in(line, "step");
    if (is_event(line, event) && value && step && std::isfinite(*value))
      points.push_back({per_epoch > 0 ? *step / per_epoch : *step, *value});
  }
  return points;
}

// The loss of a run's embeddings if these told nothing.
std::optional<double> chance(const PageRun& run) {
  for (const auto& line : run.log)
    if (const auto value = number_in(line, "chance")) return value;
  return {};
}

// Colours: one a run, or, where there are many runs, one for those that differ in their seed alone.
struct Colours {
  std::vector<std::string> names;
  std::vector<size_t> of_run;
};
constexpr size_t kMostColours = 10;

Colours colours(const std::vector<PageRun>& runs) {
  Colours made;
  std::vector<std::string> keys;
  std::vector<Config> experiments;
  for (const PageRun& run : runs) {
    experiments.push_back(experiment_of(run.config));
    const std::string key = runs.size() > kMostColours ? to_toml(experiments.back()) : run.name;
    const auto at = std::find(keys.begin(), keys.end(), key);
    made.of_run.push_back(size_t(at - keys.begin()));
    if (at != keys.end()) continue;
    keys.push_back(key);
    made.names.push_back(runs.size() > kMostColours
                             ? fmt::format("{}, {}, {}", run.config.name("data"), describe_encoder(run.config),
                                           describe_loss(run.config))
                             : run.name);
  }
  if (runs.size() <= kMostColours) return made;
  const std::vector<std::string> others = differences(experiments);
  for (size_t r = runs.size(); r-- > 0;)  // the first of each decides
    if (!others[r].empty() &&
        std::find(made.of_run.begin(), made.of_run.end(), made.of_run[r]) == made.of_run.begin() + ptrdiff_t(r))
      made.names[made.of_run[r]] += ", " + others[r];
  return made;
}

Json make(Material& material) {
  const Colours names = colours(material.runs);
  Json panels = Json::array();
  for (const Panel& panel : kPanels) {
    Json series = Json::array(), rules = Json::array();
    for (size_t r = 0; r < material.runs.size(); ++r) {
      const auto add = [&](const char* key, const char* name, bool dashed) {
        if (Json line = points(material.runs[r], panel.event, key); !line.empty())
          series.push_back({{"run", names.of_run[r]}, {"name", name}, {"points", line}, {"dashed", dashed}});
      };
      add(panel.key, panel.name, false);
      if (panel.second) add(panel.second, panel.second_name, true);
    }
    if (series.empty()) continue;
    if (std::string(panel.key) == "loss")
      for (size_t r = 0; r < material.runs.size(); ++r)
        if (const auto at = chance(material.runs[r])) {
          const Json rule{{"y", *at}, {"label", "chance"}};
          if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
        }
    panels.push_back({{"title", panel.title}, {"series", series}, {"rules", rules}});
  }
  if (panels.empty()) return {};
  return {{"x", "epochs"}, {"runs", names.names}, {"panels", panels}};
}

}  // namespace

Part curves_part() {
  return {
      .id = "curves",
      .title = "Training",
      .read =
          "Each line is a run, from the numbers of its log. The loss starts near chance, where all candidates look alike, and falls "
          "as views of one example move together.",
      .bad =
          "an effective rank near 1, or a uniformity near 0: all embeddings have become one point or one line. A kNN that falls "
          "while the loss falls: the loss is met without what tells the classes apart.",
      .kind = "curves",
      .make = make};
}

}  // namespace nce::cli
