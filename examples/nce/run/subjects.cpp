#include "run/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nce/core/autograd.h"
#include "nce/core/files/paths.h"
#include "nce/core/ops.h"
#include "run/state.h"
#include "theory/losses.h"

namespace nce::cli {
namespace {

// Each split once, as several measures ask for it.
Features once(const Task& task, Features features) {
  auto known = std::make_shared<std::map<data::Split, Tensor>>();
  return [&task, known, features = std::move(features)](data::Split split) {
    Tensor& of_split = (*known)[task.has_test() ? split : data::Split::train];
    if (!of_split.defined()) of_split = features(split);
    return of_split;
  };
}

Tensor pairs_of_views(Task& task, Model& model, bool projection) {
  const NoGrad no_grad;
  std::vector<Tensor> first, second;
  int64_t pairs = 0;
  for (int64_t epoch = 0; pairs < kMeasuredPairs; ++epoch) {
    task.start_epoch(epoch, 0);
    while (pairs < kMeasuredPairs && task.next()) {
      const auto n = int64_t(task.batch_labels().size());
      const Tensor views = projection ? model.embed_views() : model.encoder().views();
      first.push_back(slice(views, 0, 0, n)), second.push_back(slice(views, 0, n, 2 * n));
      pairs += n;
    }
  }
  return concatenate({concatenate(first), concatenate(second)});
}

std::shared_ptr<Model> borrowed(const TrainedRun& run) {
  return {run.model.get(), [](Model*) {}};
}

}  // namespace

Subjects::Subjects(const TrainedRun& run, const Places& places, bool projection, bool views, Meter& meter)
    : run_(run), projection_(projection), meter_(meter) {
  if (projection) load_model(run.folder, *run.model);
  if (!views) return;
  viewed_ = open_run(run.folder.path(), places, data::Split::test, unseen_views(TheorySettings().seed));
  if (projection) load_model(run.folder, *viewed_->model);
}

std::shared_ptr<Model> Subjects::drawn(Task& task) const {
  Config config = run_.config;
  return std::make_shared<Model>(task, config);
}

Subject Subjects::trained(const std::string& name) {
  Subject trained = subject(name, borrowed(run_), viewed_ ? borrowed(*viewed_) : nullptr);
  const auto known = theory_loss_names();
  if (viewed_ && is_there(run_.folder.state()) &&
      std::find(known.begin(), known.end(), run_.config.name("loss")) != known.end())
    trained.states = [this, name] {
      meter_.stage(name + ": states");
      TheorySettings settings;
      settings.states = fmt::format("kmeans:{}", kStates), settings.pairs = kStatePairs;
      return measure_run(*viewed_, settings);
    };
  return trained;
}

Subject Subjects::random(const std::string& name) {
  return subject(name, drawn(*run_.task), viewed_ ? drawn(*viewed_->task) : nullptr);
}

Subject Subjects::subject(const std::string& name, std::shared_ptr<Model> model, std::shared_ptr<Model> of_views) {
  const Task& task = *run_.task;
  model->eval();
  Subject subject{.task = task, .features = once(task, [this, &task, name, model](data::Split split) {
                                  const NoGrad no_grad;
                                  meter_.stage(name, int64_t(task.labels(split).size()));
                                  return features_in_parts(
                                      task.all(split),
                                      [&](std::span<const int> part) {
                                        return projection_ ? model->embed(split, part)
                                                           : model->encoder().features(split, part);
                                      },
                                      meter_);
                                })};
  if (of_views)
    subject.views = [this, name, model = std::move(of_views)] {
      meter_.stage(name + ": views");
      model->eval();
      return pairs_of_views(*viewed_->task, *model, projection_);
    };
  return subject;
}

}  // namespace nce::cli
