#include "run/graph_task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "nce/core/ops.h"
#include "nce/data/graphs/batch.h"
#include "nce/data/graphs/histograms.h"
#include "nce/data/graphs/loader.h"
#include "nce/data/graphs/tu.h"
#include "nce/data/sample.h"
#include "nce/nn/eval/cross_validation.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/graphs/catalogue.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {
namespace {

struct GraphDataOptions {
  std::string root;
  int64_t limit = 0;
  bool use_node_attr = false, anchor_plain = false;
  void fields(Options& o) {
    o.text("root", root, "folder that the data set is in");
    o.integer("limit", limit, "use only N graphs, a random sample by --seed with each label's share; 0: all",
              {.least = 0});
    o.flag("use_node_attr", use_node_attr, "nodes show attributes beside their labels");
    o.flag("anchor_plain", anchor_plain, "the first view is the graph as it is");
  }
};

data::GraphDataset load(const std::string& name, const GraphDataOptions& options) {
  if (options.root.empty())
    throw UsageError(fmt::format("--data {} needs --root, the folder that holds TUDataset", name));
  return data::load_tu(argument_of(name), options.root, {.use_node_attr = options.use_node_attr});
}

class GraphTask final : public Task {
 public:
  GraphTask(const Config& config, const TaskUse& use)
      : encoder_name_(config.name("encoder")),
        encoder_settings_(config.settings("encoder")),
        graphs_(load(config.name("data"), options_in<GraphDataOptions>(config, "data"))),
        identity_(fmt::format("{:016x}", data::digest(graphs_))),
        loader_(limited(config, use),
                {.batch = use.whole ? 1 : use.batch,
                 .seed = use.seed,
                 .views = data::make_graph_views(split(config.name("views")), config.settings("views")),
                 .num_views = use.num_views,
                 .anchor_plain = options_in<GraphDataOptions>(config, "data").anchor_plain,
                 .sampler = use.sampler,
                 .drop_last = use.drop_last}) {}

  int64_t steps_per_epoch() const override { return loader_.steps_per_epoch(); }
  void start_epoch(int64_t epoch, int64_t first_step) override { loader_.start_epoch(epoch, first_step); }
  bool next() override { return (batch_ = loader_.next()) != nullptr; }
  std::span<const int> batch_labels() const override { return batch_->labels; }
  const GraphBatch& batch_views() const { return batch_->views; }
  const data::GraphDataset& graphs() const { return graphs_; }

  std::span<const int> labels(data::Split) const override { return graphs_.labels; }
  int classes() const override { return graphs_.classes; }
  std::string identity() const override { return identity_; }

  std::string protocol() const override {
    if (!has_labels()) return "no labels: there is nothing to classify";
    if (too_few())
      return fmt::format("{} graphs: too few for {}-fold cross-validation; there is nothing to measure",
                         graphs_.size(), validation_.folds);
    return fmt::format(
        "accuracy of logistic regression on {} graphs, {}-fold cross-validation, mean and spread of {} "
        "times, %",
        graphs_.size(), validation_.folds, validation_.repeats);
  }
  bool has_test() const override { return false; }
  std::string method() const override {
    if (!has_labels() || too_few()) return "";
    return fmt::format(
        "frozen, standardised features; {}-fold cross-validation among the other folds chooses the L2 penalty ({})",
        validation_.inner_folds, fmt::join(validation_.penalties, ", "));
  }
  Scores score(const Features& features) const override { return classify(features(data::Split::train)); }
  std::vector<Baseline> baselines() const override {
    std::vector<Baseline> all;
    for (const data::PlainFeatures& plain : data::plain_features(graphs_))
      all.push_back({plain.key, plain.name, [this, x = plain.features] { return classify(x); },
                     [x = plain.features](data::Split) { return x; }});
    return all;
  }
  // Each tenth of a sample by the kNN vote of the others.
  std::optional<Score> quick_score(TaskEncoder& encoder, Key key) const override {
    constexpr int64_t kMost = 2000;
    if (!has_labels() || too_few()) return {};
    const std::vector<int> some = sample(data::Split::train, kMost, key);
    std::vector<int> known;
    for (const int g : some) known.push_back(graphs_.labels[size_t(g)]);
    return Score{"knn", "kNN", nn::cross_validate_knn(encoder.features(data::Split::train, some), known)};
  }

  std::unique_ptr<TaskEncoder> make_encoder(Generator& generator) override;
  std::map<std::string, std::string> metadata() const override {
    return nn::graph_encoder_metadata(encoder_name_, graphs_.features, encoder_settings_);
  }
  std::string describe() const override {
    return fmt::format("{} graphs, {} nodes, {} edges, {} features of a node ({})", graphs_.size(), graphs_.nodes(),
                       graphs_.edges.size(), graphs_.features, graphs_.features_are);
  }
  std::string note() const override {
    if (graphs_.loops_left_out + graphs_.doubles_left_out == 0) return "";
    return fmt::format("left out of the edges: {} from a node to itself, {} that were there twice",
                       graphs_.loops_left_out, graphs_.doubles_left_out);
  }

 private:
  // The graphs, of which the options may leave out some.
  const data::GraphDataset& limited(const Config& config, const TaskUse& use) {
    const int64_t limit = options_in<GraphDataOptions>(config, "data").limit;
    const Key key = Key(use.seed).fold(0x6c696d6974);  // "limit"
    if (!use.whole && limit > 0 && limit < graphs_.size())
      graphs_ = data::subset(graphs_, data::stratified_sample(graphs_.labels, limit, key));
    return graphs_;
  }
  bool too_few() const { return graphs_.size() < validation_.folds; }
  Scores classify(const Tensor& features) const {
    if (!has_labels() || too_few()) return {};
    const nn::CrossValidation result = nn::cross_validate(features, graphs_.labels, validation_);
    return {{"logistic", "logistic", result.mean, result.spread}};
  }

  std::string encoder_name_;
  std::vector<Setting> encoder_settings_;
  data::GraphDataset graphs_;
  std::string identity_;
  data::GraphLoader loader_;
  const data::ViewsOfGraphs* batch_ = nullptr;
  nn::CrossValidationOptions validation_;  // the same folds for all features
};

class TaskGraphEncoder final : public TaskEncoder {
 public:
  TaskGraphEncoder(const GraphTask& task, std::unique_ptr<nn::GraphEncoder> encoder)
      : task_(task), encoder_(std::move(encoder)) {}
  int64_t feature_dim() const override { return encoder_->feature_dim(); }
  Tensor views() override {
    encoder_->train(training());
    return (*encoder_)(task_.batch_views());
  }
  Tensor features(data::Split, std::span<const int> examples) override {
    return nn::features_of(*encoder_, int64_t(examples.size()), [&](int64_t begin, int64_t end) {
      return (*encoder_)(data::to_batch(task_.graphs(), examples.subspan(size_t(begin), size_t(end - begin))));
    });
  }
  void fields(nn::Fields& f) override { encoder_->fields(f); }

 private:
  const GraphTask& task_;
  std::unique_ptr<nn::GraphEncoder> encoder_;
};

std::unique_ptr<TaskEncoder> GraphTask::make_encoder(Generator& generator) {
  return std::make_unique<TaskGraphEncoder>(
      *this, nn::make_graph_encoder(encoder_name_, graphs_.features, generator, encoder_settings_));
}

}  // namespace

KnownTask graph_task() {
  return {.name = "graphs",
          .data = [] { return std::vector{row_of<GraphDataOptions>("tu", "NAME")}; },
          .views = [] { return rows_of(data::known_graph_transforms()); },
          .encoders = [] { return rows_of(nn::known_graph_encoders()); },
          .presets =
              [] {
                return std::vector<data::KnownPreset>{
                    {.name = "graphcl",
                     .help = "GraphCL's (You et al. 2020, 3.1)",
                     .views = fmt::format("{}", fmt::join(data::graphcl_views(), ","))}};
              },
          .encoder = "gin",
          .defaults = {{"run", {{"batch", "128"}, {"drop_last", "false"}}}},
          .make = [](Config& config, const TaskUse& use) -> std::unique_ptr<Task> {
            return std::make_unique<GraphTask>(config, use);
          }};
}

}  // namespace nce::cli
