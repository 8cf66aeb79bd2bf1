#include "theory/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/number.h"
#include "nce/core/ops.h"
#include "nce/losses/theory/free_logits.h"
#include "nce/nn/eval/kmeans.h"
#include "pages/table.h"
#include "run/interrupt.h"
#include "run/meter.h"
#include "run/settings.h"
#include "run/state.h"
#include "run/trained_run.h"
#include "theory/bounds.h"
#include "usage.h"

namespace nce::cli {

using losses::StateMatrix;

namespace {

constexpr int64_t kClusteredExamples = 10000;

// --states: 0 for labels, else the number of clusters.
int clusters_of(const std::string& states) {
  if (states == "labels") return 0;
  const std::string prefix = "kmeans:";
  if (states.starts_with(prefix))
    if (const auto clusters = number_in<int>(states.substr(prefix.size())); clusters && *clusters >= 2)
      return *clusters;
  throw UsageError(fmt::format("--states {}: must be labels, or kmeans:K with K of 2 or more", states));
}

// What the loss saw of pairs of views, and the states that they are in.
struct Views {
  Tensor z1, z2;
  std::vector<int> state1, state2;
};

nn::KMeans find_clusters(const TrainedRun& run, int clusters, Key key) {
  const NoGrad no_grad;
  const std::vector<int> some = run.task->sample(data::Split::train, kClusteredExamples, key);
  check(clusters <= int64_t(some.size()), "--states kmeans:{}: there are only {} examples", clusters, some.size());
  return nn::fit_kmeans(normalize(run.model->embed(data::Split::train, some)), {.clusters = clusters, .key = key});
}

// The labels of the training examples, each once, ascending: the states without clusters.
std::vector<int> labels_of(const Task& task) {
  const std::span<const int> all = task.labels(data::Split::train);
  const std::set<int> labels(all.begin(), all.end());
  return {labels.begin(), labels.end()};
}

// At least `pairs` pairs, in whole batches.
Views embed(const TrainedRun& run, int64_t pairs, int64_t batch, const std::optional<nn::KMeans>& clusters,
            const std::vector<int>& labels, Meter& meter) {
  const NoGrad no_grad;
  Views views;
  std::vector<Tensor> all1, all2;
  const int64_t batches = (pairs + batch - 1) / batch;
  meter.stage("batches of views", batches);
  for (int64_t epoch = 0, done = 0; done < batches && !interrupted(); ++epoch) {
    run.task->start_epoch(epoch, 0);
    for (; done < batches && !interrupted() && run.task->next(); ++done) {
      const auto [z1, z2] =
          halves(slice(run.model->embed_views(), 0, 0, 2 * int64_t(run.task->batch_labels().size())));
      all1.push_back(z1), all2.push_back(z2);
      const auto add = [&](std::vector<int>& states, const Tensor& z) {
        if (clusters) {
          const std::vector<int> found = clusters->assign(normalize(z));
          states.insert(states.end(), found.begin(), found.end());
        } else {
          for (const int label : run.task->batch_labels())
            states.push_back(int(std::lower_bound(labels.begin(), labels.end(), label) - labels.begin()));
        }
      };
      add(views.state1, z1), add(views.state2, z2);
      meter.add(1);
    }
  }
  views.z1 = concatenate(all1), views.z2 = concatenate(all2);
  return views;
}

void compare(MeasuredRun& run) {
  const losses::Joint& joint = run.estimate.joint;
  const losses::Target& target = *run.loss.target;
  run.target = run.loss.shown(target.target(joint, run.batch), run.batch);
  // The error of the target: what it changes by when c1/c2 changes by its own.
  losses::Joint other = joint;
  for (size_t s = 0; s < other.c1.values.size(); ++s)
    other.c1.values[s] += run.estimate.ratio_error.values[s] * joint.c2.values[s];
  run.target_error = run.loss.shown(target.target(other, run.batch), run.batch);
  for (size_t s = 0; s < run.target.values.size(); ++s)
    run.target_error.values[s] = std::abs(run.target_error.values[s] - run.target.values[s]);
  run.distance = losses::distance(run.measured, run.target, joint);
  run.reach = target.reach(joint, run.batch);
}

// What unit vectors could do at their best.
void add_vectors(MeasuredRun& run, int64_t dim, Key key) {
  const losses::Joint& joint = run.estimate.joint;
  const losses::Target& target = *run.loss.target;
  if (joint.states() > kTableStates || *std::min_element(joint.pi.begin(), joint.pi.end()) <= 0) return;
  const StateMatrix s = bounded_logits(joint, run.loss, run.batch, Bound::vectors, dim, key);
  run.vectors = run.loss.shown(losses::read_out(joint, target, run.batch, s), run.batch);
  run.vectors_distance = losses::distance(run.vectors, run.target, joint);
}

}  // namespace

std::optional<MeasuredRun> measure_run(const TheorySettings& settings) {
  clusters_of(settings.states);  // an error now rather than after reading
  if (!settings.out.empty()) RunFolder(settings.out).create();
  const TrainedRun trained =
      open_run(settings.run, settings.places, data::Split::test, unseen_views(settings.seed));
  auto run = measure_run(trained, settings);
  if (run && run->has_target())
    add_vectors(*run, options_in<HeadOptions>(trained.config, "head").dim, Key(settings.seed).fold(9));
  return run;
}

std::optional<MeasuredRun> measure_run(const TrainedRun& trained, const TheorySettings& settings) {
  const Key key(settings.seed);
  const int clusters = clusters_of(settings.states);
  MeasuredRun run{.loss = theory_of(trained.config.name("loss"), trained.config.settings("loss")),
                  .data = trained.config.name("data"),
                  .batch = options_in<RunOptions>(trained.config, "run").batch,
                  .clustered = clusters > 0};
  if (!clusters && !trained.task->has_labels())
    throw UsageError(fmt::format("{}: there are no labels: all are {}; give --states kmeans:K", run.data,
                                 trained.task->labels(data::Split::train).front()));
  load_model(trained.folder, *trained.model);
  trained.model->eval();
  for (const auto& [name, value] : trained.model->loss().learned()) {
    if (name == "temperature") run.loss.temperature = value;
    if (name == "bias") run.loss.bias = value;
  }
  const std::vector<int> labels = labels_of(*trained.task);
  const int states = clusters ? clusters : int(labels.size());
  run.states = fmt::format("{} {}", states, clusters ? "clusters" : "labels");
  for (int i = 0; i < states; ++i) run.names.push_back(std::to_string(clusters ? i : labels[size_t(i)]));
  std::optional<nn::KMeans> found;
  Meter meter;
  if (clusters) meter.stage(fmt::format("{} clusters", clusters));
  if (clusters) found = find_clusters(trained, clusters, key);

  const Views views = embed(trained, settings.pairs, run.batch, found, labels, meter);
  if (interrupted()) return std::nullopt;
  run.positive_cosine = mean(sum(normalize(views.z1) * normalize(views.z2), 1)).item();
  meter.stage("estimates with their errors, of " + run.states);
  run.estimate = losses::estimate_joint(views.state1, views.state2, states, {.seed = settings.seed});
  const losses::Measured measured =
      losses::measure(views.z1, views.z2, views.state1, views.state2, states, *run.loss.target,
                      {.temperature = run.loss.temperature,
                       .batch = run.batch,
                       .bias = run.loss.bias,
                       .bootstrap = {.seed = settings.seed}});
  run.measured = run.loss.shown(measured.mean, run.batch);
  run.error = run.loss.shown_error(measured.mean, measured.error, run.batch);
  run.batches = measured.batches;
  if (run.loss.target->has_target()) compare(run);
  return run;
}

}  // namespace nce::cli
