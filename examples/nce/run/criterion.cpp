#include "run/criterion.h"

#include <fmt/format.h>

#include "nce/core/ops.h"
#include "nce/losses/multi_crop.h"
#include "nce/nn/encoders/head.h"
#include "run/settings.h"
#include "usage.h"

namespace nce::cli {

Criterion::Criterion(const Config& config, int64_t dim, int64_t local_views, Generator& generator)
    : num_views_(options_in<RunOptions>(config, "run").num_views),
      local_views_(local_views),
      loss_(losses::make_loss(config.name("loss"), config.settings("loss"))) {
  const losses::KnownLoss& known = losses::known_losses().find(config.name("loss"));
  if (local_views > 0 && !known.num_views.holds(2))
    throw UsageError(fmt::format("{} takes {} of each example: it has no pairs of a local view and another one",
                                 known.name, known.num_views.text()));
  loss_->learn();
  if (known.needs == losses::Needs::predictor) predictor_ = nn::make_predictor(dim, generator);
}

Tensor Criterion::operator()(const Tensor& z, std::span<const int> labels) {
  const std::vector<Tensor> views = chunk(z, num_views_ + local_views_);
  if (local_views_ == 0) return loss_of(views, labels);
  return losses::multi_crop(views, num_views_, [&](auto& v, auto& q) { return loss_of({v, q}, labels); });
}

Tensor Criterion::loss_of(const std::vector<Tensor>& z, std::span<const int> labels) {
  losses::Views views = losses::views_of(z);
  views.labels = labels;
  if (predictor_) views.predictor = [this](const Tensor& x) { return (*predictor_)(x); };
  return (*loss_)(views);
}

void Criterion::fields(nn::Fields& fields) {
  for (const auto& [name, tensor] : loss_->parameters()) fields.parameter(name, *tensor);
  if (predictor_) fields.module("predictor", *predictor_);
}

std::vector<std::pair<std::string, double>> Criterion::learned() const {
  std::vector<std::pair<std::string, double>> numbers;
  for (const auto& [name, tensor] : loss_->parameters()) {
    if (losses::Temperature* t = loss_->temperature(); t && &t->log_scale == tensor)
      numbers.emplace_back("temperature", t->value());
    else if (tensor->numel() == 1)
      numbers.emplace_back(name.starts_with("logit_") ? name.substr(6) : name, tensor->item());
  }
  return numbers;
}

}  // namespace nce::cli
