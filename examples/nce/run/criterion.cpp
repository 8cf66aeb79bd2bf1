#include "run/criterion.h"

#include <algorithm>

#include "nce/core/ops.h"
#include "nce/nn/layers.h"
#include "run/settings.h"

namespace nce::cli {
namespace {

// That of SimSiam: a hidden layer a quarter as wide, with batch normalisation.
std::unique_ptr<nn::Layer> make_predictor(int64_t dim, Generator& generator) {
  const int64_t hidden = std::max<int64_t>(1, dim / 4);
  auto predictor = std::make_unique<nn::Sequential>();
  predictor->add(nn::Linear(dim, hidden, generator, {.bias = false}));
  predictor->add<nn::BatchNorm1d>(hidden);
  predictor->add<nn::ReLU>();
  predictor->add<nn::Linear>(hidden, dim, generator);
  return predictor;
}

}  // namespace

Criterion::Criterion(const Config& config, int64_t dim, Generator& generator)
    : num_views_(options_in<RunOptions>(config, "run").num_views),
      loss_(losses::make_loss(config.name("loss"), config.settings("loss"))) {
  loss_->learn();
  if (losses::known_losses().find(config.name("loss")).needs == losses::Needs::predictor)
    predictor_ = make_predictor(dim, generator);
}

Tensor Criterion::operator()(const Tensor& z, std::span<const int> labels) {
  losses::Views views = losses::views_of(chunk(z, num_views_));
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
