#include "own/vectors.h"

#include <fmt/format.h>

#include "nce/core/error.h"
#include "nce/core/files/paths.h"
#include "nce/core/ops.h"
#include "nce/data/digest.h"
#include "nce/data/order.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/layers.h"
#include "run/settings.h"

namespace nce::test {
namespace {

using data::Split;

struct CloudOptions {
  int64_t centres = 3, size = 256;
  std::string stop;
  void fields(Options& o) {
    o.integer("centres", centres, "classes of vectors", {.least = 2});
    o.integer("size", size, "vectors of the training set", {.least = 1});
    o.text("stop", stop, "a file; once it is there, no batch can be made");
  }
};

struct JostleOptions {
  double jostle = 0.3;
  void fields(Options& o) { o.number("jostle", jostle, "standard deviation of the noise on a view", {.least = 0}); }
};

struct LineOptions {
  int64_t outputs = 6;
  void fields(Options& o) { o.integer("outputs", outputs, "size of the features", {.least = 1}); }
};

constexpr int64_t kDim = 8;

struct Vectors {
  Tensor rows;  // (N, kDim)
  std::vector<int> labels;
};

Vectors make_vectors(const CloudOptions& options, int64_t size, Key key) {
  const Tensor centres = Tensor::randn({options.centres, kDim}, Key(7));
  Vectors vectors;
  for (int64_t i = 0; i < size; ++i) vectors.labels.push_back(int(i % options.centres));
  vectors.rows = index_select(centres, 0, vectors.labels) + Tensor::randn({size, kDim}, key) * 0.3;
  return vectors;
}

class VectorTask final : public cli::Task {
 public:
  VectorTask(const cli::Config& config, const cli::TaskUse& use)
      : cloud_(cli::options_in<CloudOptions>(config, "data")),
        views_(cli::options_in<JostleOptions>(config, "views")),
        line_(cli::options_in<LineOptions>(config, "encoder")),
        use_(use),
        train_(make_vectors(cloud_, cloud_.size, Key(1))),
        test_(make_vectors(cloud_, 90, Key(2))),
        order_({.name = "vectors", .size = cloud_.size, .labels = train_.labels, .batch = use.batch}, use.seed,
               use.drop_last, use.sampler) {}

  int64_t steps_per_epoch() const override { return order_.steps(); }
  void start_epoch(int64_t epoch, int64_t first_step) override {
    epoch_ = epoch, next_ = first_step;
    order_.start(epoch);
  }
  bool next() override {
    if (next_ == order_.steps()) return false;
    check(cloud_.stop.empty() || !is_there(cloud_.stop), "the file {} is there", cloud_.stop);
    const std::span<const int> items = order_.batch(next_);
    const Tensor rows = index_select(train_.rows, 0, items);
    const Key key = Key(use_.seed).fold(uint64_t(epoch_)).fold(uint64_t(next_++));
    const std::vector<Tensor> views(size_t(use_.num_views), rows);
    batch_ = concatenate(views) + Tensor::randn({use_.num_views * rows.size(0), kDim}, key) * views_.jostle;
    labels_.clear();
    for (int item : items) labels_.push_back(train_.labels[size_t(item)]);
    return true;
  }
  std::span<const int> batch_labels() const override { return labels_; }
  std::span<const int> labels(Split split) const override { return set(split).labels; }
  int classes() const override { return int(cloud_.centres); }
  std::string identity() const override {
    uint64_t digest = 0;
    for (const Vectors* set : {&train_, &test_}) {
      const std::span<const float> values(set->rows.data<float>(), size_t(set->rows.numel()));
      digest = data::digest(std::as_bytes(values), data::digest(std::as_bytes(std::span(set->labels)), digest));
    }
    return fmt::format("{:016x}", digest);
  }
  std::string protocol() const override { return "top-1 accuracy on 90 test vectors, %"; }
  std::vector<cli::Baseline> baselines() const override {
    return {{"raw_vectors", "raw vectors", [this] { return score([this](Split s) { return set(s).rows; }); }}};
  }
  std::unique_ptr<cli::TaskEncoder> make_encoder(Generator& generator) override;
  std::string describe() const override { return fmt::format("{} vectors of {}", cloud_.size, kDim); }

  const Tensor& batch() const { return batch_; }
  const Vectors& set(Split split) const { return split == Split::train ? train_ : test_; }

 private:
  CloudOptions cloud_;
  JostleOptions views_;
  LineOptions line_;
  cli::TaskUse use_;
  Vectors train_, test_;
  data::Order order_;
  int64_t epoch_ = 0, next_ = 0;
  Tensor batch_;
  std::vector<int> labels_;
};

class Line final : public cli::TaskEncoder {
 public:
  Line(const VectorTask& task, const LineOptions& options, Generator& generator)
      : task_(task), outputs_(options.outputs), layer_(kDim, options.outputs, generator) {}
  int64_t feature_dim() const override { return outputs_; }
  Tensor views() override { return layer_(task_.batch()); }
  Tensor features(Split split, std::span<const int> examples) override {
    return nn::features_of(*this, int64_t(examples.size()), [&](int64_t begin, int64_t end) {
      const auto some = examples.subspan(size_t(begin), size_t(end - begin));
      return layer_(index_select(task_.set(split).rows, 0, some));
    });
  }
  void fields(nn::Fields& f) override { f.module("layer", layer_); }

 private:
  const VectorTask& task_;
  int64_t outputs_;
  nn::Linear layer_;
};

std::unique_ptr<cli::TaskEncoder> VectorTask::make_encoder(Generator& generator) {
  return std::make_unique<Line>(*this, line_, generator);
}

}  // namespace

cli::KnownTask vector_task() {
  return {
      .name = "vectors",
      .data = [] { return std::vector{cli::row_of<CloudOptions>("clouds")}; },
      .views = [] { return std::vector{cli::row_of<JostleOptions>("jostle")}; },
      .encoders = [] { return std::vector{cli::row_of<LineOptions>("line")}; },
      .presets = [] { return std::vector<data::KnownPreset>{{.name = "jostled", .help = "", .views = "jostle"}}; },
      .encoder = "line",
      .make = [](cli::Config& config, const cli::TaskUse& use) -> std::unique_ptr<cli::Task> {
        return std::make_unique<VectorTask>(config, use);
      }};
}

}  // namespace nce::test
