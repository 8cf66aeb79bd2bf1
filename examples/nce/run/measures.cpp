#include "run/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "nce/core/autograd.h"
#include "nce/core/memory.h"
#include "nce/core/ops.h"
#include "nce/data/sample.h"
#include "nce/losses/metrics.h"
#include "nce/nn/eval/clustering.h"
#include "nce/nn/eval/kmeans.h"
#include "nce/nn/eval/linear_probe.h"
#include "nce/nn/eval/retrieval.h"

namespace nce::cli {
namespace {

// Samples are the same for all features of a task. They keep each measure within seconds.
constexpr int64_t kClustered = 10000, kSilhouette = 5000, kAsked = 10000, kSpread = 2000;
const Key kSample(0x6576616c);  // "eval"

// Examples of the shown split, a sample with each label's share.
struct Some {
  std::vector<int> examples, labels;
  Some(const Task& task, int64_t most) : examples(task.sample(task.shown(), most, kSample)) {
    const std::span<const int> all = task.labels(task.shown());
    for (const int i : examples) labels.push_back(all[size_t(i)]);
  }
  Tensor of(const Subject& subject) const {
    const Tensor all = subject.features(subject.task.shown());
    return normalize(
        (int64_t(examples.size()) == all.size(0) ? all : index_select(all, 0, examples)).to(DType::f32));
  }
};

// How many labels examples of the shown split have. 0 where they tell nothing, or no two examples have the same.
int groups(const Task& task) {
  const std::span<const int> labels = task.labels(task.shown());
  const std::set<int> groups(labels.begin(), labels.end());
  return task.has_labels() && groups.size() > 1 && groups.size() < labels.size() ? int(groups.size()) : 0;
}

std::string examples_text(const Task& task, int64_t most) {
  const auto all = int64_t(task.labels(task.shown()).size());
  const char* split = task.shown() == data::Split::train        ? "training"
                      : task.shown() == data::Split::validation ? "validation"
                                                                : "test";
  return fmt::format("{}{} {}examples", all > most ? "a sample of " : "", std::min(all, most),
                     task.has_test() ? split + std::string(" ") : "");
}

// Few labels

constexpr int kDraws = 5, kOfEach = 10;

// How many training examples show their label: some of each class, or a share of all.
struct Budget {
  std::string key, title;
  int64_t of_each = 0, all = 0;
  std::vector<int> draw(std::span<const int> labels, Key key) const {
    return of_each > 0 ? data::sample_per_class(labels, of_each, key) : data::stratified_sample(labels, all, key);
  }
};

std::vector<Budget> budgets(const Task& task) {
  if (!task.has_labels() || !task.has_test() || task.labels(task.measured()).empty()) return {};
  const auto n = int64_t(task.labels(data::Split::train).size());
  std::vector<Budget> budgets;
  if (n > kOfEach * task.label_count()) budgets.push_back({"few_10_each", "10 a class", kOfEach, 0});
  for (const int percent : {1, 10})  // one of each class at least
    if (const int64_t count = n * percent / 100; count >= std::max(10, task.label_count()))
      budgets.push_back({fmt::format("few_{}_percent", percent), fmt::format("{} %", percent), 0, count});
  return budgets;
}

std::string few_labels_protocol(const Task& task) {
  if (budgets(task).empty()) return "";
  return fmt::format(
      "top-1 accuracy, %, of a linear probe that learns from 10 training examples a class, or a share of all; frozen, "
      "standardised features, L2 penalty 1 / examples (C = 1); mean and spread of {} draws, the same for all features",
      kDraws);
}

Scores few_labels(const Subject& subject) {
  const Task& task = subject.task;
  const std::span<const int> labels = task.labels(data::Split::train), wanted = task.labels(task.measured());
  const Tensor train = subject.features(data::Split::train), test = subject.features(task.measured());
  Scores scores;
  for (const Budget& budget : budgets(task)) {
    std::array<double, kDraws> found;
    for (size_t draw = 0; draw < found.size(); ++draw) {
      const std::vector<int> rows = budget.draw(labels, kSample.fold(draw));
      std::vector<int> known;
      for (const int i : rows) known.push_back(labels[size_t(i)]);
      found[draw] = nn::fit_linear_probe(index_select(train, 0, rows), known,
                                         {.l2 = 1 / double(rows.size()), .precondition = rounds(train)})
                        .accuracy(test, wanted);
    }
    double mean = 0, squares = 0;
    for (const double one : found) mean += one / kDraws;
    for (const double one : found) squares += (one - mean) * (one - mean) / (kDraws - 1);
    scores.push_back({budget.key, budget.title, mean, std::sqrt(squares)});
  }
  return scores;
}

// Clusters

std::string clusters_protocol(const Task& task) {
  if (groups(task) == 0) return "";
  return fmt::format(
      "k-means of {} at length 1 into {} clusters, the best of 10 starts by inertia; ACC by the best assignment of "
      "clusters to classes; silhouette: of the classes, of {}; all x 100",
      examples_text(task, kClustered), groups(task), examples_text(task, kSilhouette));
}

Scores clusters(const Subject& subject) {
  const Some some(subject.task, kClustered), fewer(subject.task, kSilhouette);
  const std::vector<int> found =
      nn::fit_kmeans(some.of(subject), {.clusters = groups(subject.task), .key = kSample}).cluster;
  return {{"kmeans_acc", "ACC", nn::clustering_accuracy(found, some.labels)},
          {"kmeans_nmi", "NMI", nn::normalized_mutual_info(found, some.labels)},
          {"kmeans_ari", "ARI", nn::adjusted_rand_index(found, some.labels)},
          {"silhouette", "silhouette", nn::silhouette(fewer.of(subject), fewer.labels)}};
}

// Retrieval

std::string retrieval_protocol(const Task& task) {
  if (groups(task) == 0) return "";
  return fmt::format(
      "each of {} asks the others by cosine. R@1: the nearest is of its class; MAP@R: how early those of its class come "
      "among the R nearest, R as many as its class has; x 100",
      examples_text(task, kAsked));
}

Scores retrieve(const Subject& subject) {
  const Some some(subject.task, kAsked);
  const std::array<int, 1> nearest{1};
  const nn::Retrieval found = nn::retrieval(some.of(subject), some.labels, nearest);
  return {{"recall_1", "R@1", found.recall[0]}, {"map_r", "MAP@R", found.map_at_r}};
}

// Spread over the sphere

std::string sphere_protocol(const Task& task) {
  if (task.labels(task.shown()).size() < 2) return "";
  return fmt::format(
      "features at length 1 of {}: uniformity (t = 2; lower: more spread out), effective rank: dimensions in use. "
      "Alignment: mean squared distance of two views, {} pairs or more of training examples",
      examples_text(task, kSpread), kMeasuredPairs);
}

// Shares of cosines in 50 bins from -1 to 1.
std::vector<double> histogram(const std::vector<float>& cosines) {
  std::vector<double> bins(50);
  for (const float cosine : cosines)
    bins[size_t(std::clamp(int(std::floor((cosine + 1) * 25)), 0, 49))] += 1 / double(cosines.size());
  return bins;
}

Scores sphere(const Subject& subject) {
  const Tensor u = Some(subject.task, kSpread).of(subject);
  const std::vector<double> values = losses::singular_values(u);
  Score alignment{.key = "alignment", .title = "alignment", .value = NAN, .times = 1};
  Score bins{.key = "cosine_bins", .title = ""};
  if (subject.views) {
    const auto [u1, u2] = halves(normalize(subject.views()));
    alignment.value = losses::alignment(u1, u2).item();
    // Each first view beside the second views of other examples.
    std::vector<float> negative;
    const int64_t n = std::min<int64_t>(u1.size(0), 1000);
    const auto all = matmul(slice(u1, 0, 0, n), transpose(slice(u2, 0, 0, n), 0, 1)).to_vector<float>();
    for (int64_t i = 0; i < n * n; ++i)
      if (i % (n + 1) != 0) negative.push_back(all[size_t(i)]);
    bins.matrix = {histogram(sum(u1 * u2, 1).to_vector<float>()), histogram(negative)};
  }
  return {alignment,
          {.key = "uniformity", .title = "uniformity", .value = losses::uniformity(u).item(), .times = 1},
          {.key = "effective_rank", .title = "rank", .value = losses::effective_rank(values), .times = 1},
          {.key = "singular_values", .title = "", .matrix = {values}},
          bins};
}

// States

std::string states_protocol(const Task& task) {
  if (task.labels(data::Split::train).size() < 10 * size_t(kStates)) return "";
  return fmt::format(
      "what the loss reads out between {0} states, beside its target, of {1} pairs of views or more: see nce theory --run RUN "
      "--states kmeans:{0}. r: correlation over all pairs of states, and over pairs of two different ones; slope: of measured "
      "over target, 1 at the target; cos+: mean cosine of two views, of what the loss sees",
      kStates, kStatePairs);
}

Scores states(const Subject& subject) {
  const auto run = subject.states ? subject.states() : std::nullopt;
  const bool target = run && run->has_target();
  const auto score = [](const char* key, const char* title, double value) {
    return Score{.key = key, .title = title, .value = value, .times = 1};
  };
  return {score("states_r", "r", target ? run->distance.correlation : NAN),
          score("states_r_apart", "r apart", target ? run->distance.correlation_apart : NAN),
          score("states_slope", "slope", target ? run->distance.slope : NAN),
          score("positive_cosine", "cos+", run ? run->positive_cosine : NAN)};
}

}  // namespace

Catalogue<Measure>& measures() {
  static Catalogue<Measure> all("measure", {{"few labels", few_labels_protocol, few_labels},
                                            {"clusters", clusters_protocol, clusters},
                                            {"retrieval", retrieval_protocol, retrieve},
                                            {"sphere", sphere_protocol, sphere},
                                            {"states", states_protocol, states}});
  return all;
}

Scores measure_all(const Subject& subject, bool full) {
  const NoGrad no_grad;
  Scores all = subject.task.score(subject.features);
  for (const Measure& measure : measures()) {
    if (!full || measure.protocol(subject.task).empty()) continue;
    for (Score& score : measure.measure(subject)) {
      score.measure = measure.name;
      all.push_back(std::move(score));
    }
    release_free_memory();
  }
  return all;
}

}  // namespace nce::cli
