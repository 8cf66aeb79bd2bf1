// nce eval --full: what is measured beside the task's own score, and on which features.
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "nce/core/ops.h"
#include "nce/losses/metrics.h"
#include "nce/nn/eval/retrieval.h"
#include "support/idx.h"
#include "support/npy_matrix.h"
#include "support/runs.h"

using namespace nce;
using namespace nce::test;

namespace {

double sum_of(const json& list) {
  const auto values = list.get<std::vector<double>>();
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Noise, and a quadrant a little lighter: its number is the label.
data::InMemoryDataset faint_squares(int count) {
  data::InMemoryDataset set = squares(count, 1, false);
  for (int i = 0; i < count; ++i)
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 6; ++x) {
        const int label = set.labels[size_t(i)];
        set.images[size_t((i * 12 + y + label / 2 * 6) * 12 + x + label % 2 * 6)] += 5;
      }
  return set;
}

}  // namespace

TEST_CASE("eval --full measures features and projection, says how, and what baselines have of it") {
  const TemporaryFolder folder;
  const std::string run = folder / "run", x = folder / "x.npy";
  write_idx(folder, "set", "train", faint_squares(1000)), write_idx(folder, "set", "t10k", faint_squares(400));
  succeed("train --data idx --root " + folder / "set" + " --batch 64 --encoder mlp --width 8 --epochs 1 --out " +
          run);
  const json full = json::parse(succeed("eval --full --json --run " + run).out);
  const json projection =
      json::parse(succeed("eval --full --no-baselines --layer projection --json --run " + run).out);
  CHECK(json::parse(read_file(run + "/eval.projection.json")) == projection);
  std::vector<std::string> names;
  for (const json& measure : full["measures"]) names.push_back(measure["name"]);
  CHECK(names == std::vector<std::string>{"few labels", "clusters", "retrieval", "sphere", "states"});
  CHECK(holds(full["method"], "Learned from 1000 training examples; frozen features. kNN: k nearest by cosine"));

  // They are of the features that embed writes.
  for (const json* measured : {&full, &projection}) {
    const std::string layer = measured == &full ? "encoder" : "projection";
    CAPTURE(layer);
    succeed(fmt::format("embed --run {} --layer {} --out {}", run, layer, x));
    const Tensor features = normalize(npy_matrix(x, 400));
    const std::vector<int> labels = faint_squares(400).labels;
    const std::vector<int> one{1};
    const nn::Retrieval found = nn::retrieval(features, labels, one);
    CHECK((*measured)["recall_1"].get<double>() == doctest::Approx(found.recall[0]));
    CHECK((*measured)["map_r"].get<double>() == doctest::Approx(found.map_at_r));
    CHECK((*measured)["uniformity"].get<double>() == doctest::Approx(losses::uniformity(features).item()));
    CHECK((*measured)["effective_rank"].get<double>() ==
          doctest::Approx(losses::effective_rank(features)).epsilon(1e-4));
    CHECK((*measured)["singular_values"].size() == size_t(features.size(1)));
    CHECK((*measured)["alignment"].get<double>() > 0);
    for (const json& bins : (*measured)["cosine_bins"]) CHECK(sum_of(bins) == doctest::Approx(1));
  }
  // States are those of nce theory, in both layers: of what the loss sees.
  const json theory = json::parse(succeed("theory --json --states kmeans:10 --pairs 5000 --run " + run).out);
  for (const json* measured : {&full, &projection}) {
    CHECK((*measured)["states_r"] == theory["correlation"]);
    CHECK((*measured)["states_r_apart"] == theory["correlation_apart"]);
    CHECK((*measured)["states_slope"] == theory["slope"]);
    CHECK((*measured)["positive_cosine"] == theory["positive_cosine"]);
  }
  CHECK(theory["correlation"].get<double>() > theory["correlation_apart"].get<double>());
  CHECK(full["random_encoder"]["states_r"].is_null());  // it has no loss

  // Positive pairs are nearer than negative ones.
  const auto mean = [](const json& bins) {
    double sum = 0;
    for (size_t b = 0; b < bins.size(); ++b) sum += (double(b) + 0.5) * bins[b].get<double>();
    return sum;
  };
  CHECK(mean(full["cosine_bins"][0]) > mean(full["cosine_bins"][1]));

  // All rows have what can be had of them. More labels tell more.
  for (const char* row : {"", "raw_pixels", "random_encoder"}) {
    CAPTURE(row);
    const json& of = *row ? full[row] : full;
    if (row == std::string("raw_pixels"))
      CHECK(of["few_10_percent"].get<double>() > of["few_1_percent"].get<double>());
    CHECK(of["few_1_percent_spread"].get<double>() > 0);
    for (const char* key : {"kmeans_acc", "kmeans_nmi", "kmeans_ari"})
      CHECK(of[key].get<double>() == doctest::Approx(0.5).epsilon(0.99));
    // Counts of a confusion matrix are those of the accuracy.
    for (const char* key : {"knn", "linear"}) {
      double right = 0, by_class = 0;
      for (size_t c = 0; c < 4; ++c) {
        const json& line = of[key + std::string("_confusion")][c];
        CHECK(sum_of(line) == 100);
        right += line[c].get<double>();
        by_class += of[key + std::string("_by_class")][c].get<double>();
      }
      CHECK(right / 400 == doctest::Approx(of[key].get<double>()));
      CHECK(by_class / 4 == doctest::Approx(of[key].get<double>()));
    }
  }
  CHECK(full["raw_pixels"]["alignment"].is_null());  // they have no views
  CHECK(full["random_encoder"]["alignment"].get<double>() > 0);

  // The tables of a terminal and of a report; a second time baselines are those of the file, matrices too.
  const std::string again = succeed("eval --full --run " + run).out;
  CHECK(holds(again, "not measured again: raw pixels (" + run + "), random mlp (width 8), seed 1 (" + run + ")"));
  CHECK(holds(again, "k-means of 400 test examples at length 1 into 4 clusters, the best of 10 starts"));
  CHECK(json::parse(read_file(run + "/eval.json")) == full);
  const std::string report = succeed("report " + run).out;
  CHECK(holds(report,
              " linear | 10 a class | 1 % | 10 % | ACC | NMI | ARI | silhouette | R@1 | MAP@R | alignment | "));
  CHECK(holds(report, fmt::format(" | - | {:.2f} |", full["raw_pixels"]["uniformity"].get<double>())));
  // A run that is measured without --full shares the line, with the scores that it has.
  const std::string other = folder / "other";
  succeed("train --data idx --root " + folder / "set" +
          " --batch 64 --encoder mlp --width 8 --epochs 1 --seed 2 --out " + other);
  const json fewer = json::parse(succeed("eval --no-baselines --json --run " + other).out);
  std::istringstream lines(succeed("report --json " + other + " " + run).out);
  json line;  // the last one is of the runs
  for (std::string text; std::getline(lines, text);) line = json::parse(text);
  CHECK(line["runs"] == json{other, run});
  CHECK(line["linear"].get<double>() ==
        doctest::Approx((fewer["linear"].get<double>() + full["linear"].get<double>()) / 2));
  CHECK(line["kmeans_acc"].get<double>() == doctest::Approx(full["kmeans_acc"].get<double>()));
  const std::string csv = succeed("eval --csv --no-baselines --run " + run).out;
  CHECK(csv.starts_with("data,features,knn,knn_spread,knn_200,knn_200_spread,linear,linear_spread\nidx,info_nce"));
  check_refused("eval --csv --json --run " + run, 2, "--csv and --json exclude each other");
  check_refused(
      "report --layer projection --split validation " + run, 1,
      "is not measured yet, and is left out: nce eval --split validation --layer projection --run " + run);
}
