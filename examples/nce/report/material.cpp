#include "report/material.h"

#include <fmt/format.h>

#include <numeric>
#include <set>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "run/settings.h"
#include "run/state.h"

namespace nce::cli {
namespace {
constexpr int64_t kExamples = 1000;
}

void Material::open() {
  if (shown_) return;
  if (!failure_.empty()) fail("{}", failure_);
  for (size_t i = 0; i < runs.size() && !shown_; ++i) try {
      meter.stage(fmt::format("{}: data and weights", runs[i].name));
      trained_ = open_run(runs[i].folder.path(), {});
      load_model(runs[i].folder, *trained_->model);
      trained_->model->eval();
      shown_ = i;
    } catch (const Error& error) { failure_ += (failure_.empty() ? "" : "; ") + std::string(error.what()); }
  if (!shown_) fail("{}", failure_);
}

const PageRun& Material::shown() { return open(), runs[*shown_]; }
TrainedRun& Material::trained() { return open(), *trained_; }

const Sample& Material::sample() {
  if (sample_) return *sample_;
  Task& task = *trained().task;
  const NoGrad no_grad;
  Sample made{.split = task.shown(),
              .examples = {},
              .classes = {},
              .names = {},
              .labels = {},
              .features = {},
              .projection = {}};
  made.examples = task.sample(made.split, kExamples, Key(1));
  const std::span<const int> labels = task.labels(made.split);
  if (task.has_labels()) {
    const std::set<int> occur(labels.begin(), labels.end());
    made.classes.assign(occur.begin(), occur.end());
    for (const int label : made.classes) made.names.push_back(task.class_name(label));
  }
  for (const int example : made.examples)
    made.labels.push_back(task.has_labels() ? int(made.place_of(labels[size_t(example)])) : 0);
  meter.stage(fmt::format("features of {}", shown().name), int64_t(made.examples.size()));
  made.features = features_in_parts(
      made.examples,
      [&](std::span<const int> part) { return trained_->model->encoder().features(made.split, part); }, meter);
  meter.stage(fmt::format("projection of {}", shown().name), int64_t(made.examples.size()));
  made.projection = features_in_parts(
      made.examples, [&](std::span<const int> part) { return trained_->model->embed(made.split, part); }, meter);
  sample_ = std::move(made);
  return *sample_;
}

const std::vector<int>& Material::pictures() {
  if (pictures_) return *pictures_;
  const Sample& sample = this->sample();
  std::vector<int> places;
  for (const int example : sample.examples) {
    const Pixels picture = trained_->task->picture(sample.split, example);
    if (picture.empty()) break;
    places.push_back(sprite.add(picture));
  }
  if (places.size() < sample.examples.size()) places.clear();
  return pictures_.emplace(std::move(places));
}

std::vector<int> Material::drawn(size_t most) {
  std::vector<int> all(sample().examples.size());
  std::iota(all.begin(), all.end(), 0);
  Random(Key(uint64_t(options_in<RunOptions>(trained_->config, "run").seed)).fold(3)).shuffle(all);
  all.resize(std::min(most, all.size()));
  return all;
}

}  // namespace nce::cli
