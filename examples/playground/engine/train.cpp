#include "engine/train.h"

#include <cmath>
#include <limits>

#include "nce/core/autograd.h"
#include "nce/core/error.h"
#include "nce/core/ops.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "nce/nn/eval/features.h"
#include "nce/nn/eval/knn.h"
#include "nce/nn/eval/pca.h"
#include "nce/nn/optim/catalogue.h"

namespace nce::playground {

data::Views views_of_glyphs(const std::string& list, const std::vector<Setting>& settings) {
  static const data::InMemoryDataset facts = data::glyphs(data::Split::test, {.count = 1});
  data::Views views = data::make_views(list);
  set_options(views, settings);
  views.check(facts);
  views.settle(facts);
  return views;
}

Training::Training(const TrainingChoice& choice, const TrainingOptions& options)
    : options_(options),
      train_(data::glyphs(data::Split::train, {.count = options.images})),
      test_(data::glyphs(data::Split::test, {.count = options.test_images})),
      normalisation_(data::pixel_statistics(train_)),
      loss_(losses::make_loss(choice.loss, choice.loss_options)) {
  check_options("training", options);
  const losses::KnownLoss& known = losses::known_losses().find(choice.loss);
  num_views_ = known.num_views.least;
  Generator generator{.seed = uint64_t(options.seed)};
  encoder_ = nn::make_encoder(choice.encoder,
                              {.height = train_.height, .width = train_.width, .channels = train_.channels},
                              generator, choice.encoder_options);
  const int64_t features = encoder_->feature_dim();
  head_ = nn::make_projection_head(features, features, options.dim, generator);
  if (known.needs == losses::Needs::predictor) predictor_ = nn::make_predictor(options.dim, generator);
  loss_->learn();
  optimizer_ = nn::make_optimizer("adamw", named_parameters(), {{"lr", fmt::format("{}", options.lr)}});
  loader_ = std::make_unique<data::Loader>(
      train_, data::LoaderOptions{.batch = options.batch,
                                  .seed = uint64_t(options.seed),
                                  .views = views_of_glyphs(choice.views, choice.views_options),
                                  .num_views = num_views_,
                                  .normalisation = normalisation_,
                                  .prefetch = 0});
  loader_->start_epoch(0);
  batch_ = loader_->next();
}

nn::NamedTensors Training::named_parameters() {
  nn::NamedTensors all = encoder_->named_parameters();
  for (const auto& named : head_->named_parameters()) all.push_back(named);
  if (predictor_)
    for (const auto& named : predictor_->named_parameters()) all.push_back(named);
  for (const auto& named : loss_->parameters()) all.push_back(named);
  return all;
}

int64_t Training::parameters() const {
  int64_t count = 0;
  for (const auto& [name, tensor] : encoder_->named_parameters()) count += tensor->numel();
  return count;
}

Tensor Training::loss_of(const Tensor& z, std::span<const int> labels) {
  losses::Views views = losses::views_of(chunk(z, num_views_));
  views.labels = labels;
  if (predictor_) views.predictor = [this](const Tensor& x) { return (*predictor_)(x); };
  return (*loss_)(views);
}

double Training::step() {
  encoder_->train(), head_->train();
  const Tensor loss = loss_of((*head_)((*encoder_)(batch_->views)), batch_->labels);
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  while (!(batch_ = loader_->next())) loader_->start_epoch(++epoch_);
  return loss.item();
}

double Training::chance() {
  const auto target = loss_->target();
  if (!target || !target->positive_name() || loss_->parameters().size() > 1)
    return std::numeric_limits<double>::quiet_NaN();
  const NoGrad no_grad;
  return loss_of(Tensor::ones({num_views_ * options_.batch, options_.dim}), batch_->labels).item();
}

Tensor Training::features(const data::Dataset& set) {
  return nn::features_of(*encoder_, set.size(), [&](int64_t begin, int64_t end) {
    return (*encoder_)(data::to_tensor(set, begin, end, normalisation_));
  });
}

double Training::raw_knn() const {
  const auto pixels = [](const data::Dataset& set) {
    return reshape(data::to_tensor(set, 0, set.size(), {}), {set.size(), -1});
  };
  return nn::knn_accuracy(pixels(train_), train_.labels, pixels(test_), test_.labels);
}

Training::Look Training::look() {
  const Tensor test = features(test_);
  const double knn = nn::knn_accuracy(features(train_), train_.labels, test, test_.labels);
  const NoGrad no_grad;
  head_->eval();
  const Tensor z = normalize((*head_)(test));
  return {knn, options_.dim <= 3 ? z : nn::fit_pca(z, 3).project(z)};
}

}  // namespace nce::playground
