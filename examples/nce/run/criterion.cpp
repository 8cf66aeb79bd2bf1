#include "run/criterion.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nce/core/ops.h"
#include "nce/nn/layers.h"

namespace nce::cli {
namespace {

constexpr double kLargestScale = 100;

// SimSiam's: hidden layer a quarter as wide, with batch normalisation.
std::unique_ptr<nn::Layer> make_predictor(int64_t dim, Generator& generator) {
  const int64_t hidden = std::max<int64_t>(1, dim / 4);
  auto predictor = std::make_unique<nn::Sequential>();
  predictor->add<nn::Linear>(dim, hidden, generator, false);
  predictor->add<nn::BatchNorm1d>(hidden);
  predictor->add<nn::ReLU>();
  predictor->add<nn::Linear>(hidden, dim, generator);
  return predictor;
}

}  // namespace

Criterion::Criterion(const std::string& loss, const LossSettings& settings, int64_t dim, Generator& generator)
    : loss_(find_loss(loss)), settings_(settings) {
  const auto learned = [](double start) { return Tensor::scalar(start).set_requires_grad(true); };
  if (settings.learn_temperature || loss == "sig_lip")
    settings_.logit_scale = learned(-std::log(settings.temperature));
  if (loss == "sig_lip") settings_.logit_bias = learned(settings.bias);
  if (loss == "negative_cosine") {
    predictor_ = make_predictor(dim, generator);
    settings_.predictor = [this](const Tensor& z) { return (*predictor_)(z); };
  }
}

Tensor Criterion::operator()(const Tensor& z, std::span<const int> labels) {
  settings_.labels = labels;
  settings_.temperature = temperature();
  const int64_t n = z.size(0) / 2;
  return loss_(slice(z, 0, 0, n), slice(z, 0, n, 2 * n), settings_);
}

void Criterion::fields(nn::Fields& fields) {
  fields.parameter("logit_scale", settings_.logit_scale), fields.parameter("logit_bias", settings_.logit_bias);
  if (predictor_) fields.module("predictor", *predictor_);
}

void Criterion::bound() {
  if (!settings_.logit_scale.defined()) return;
  float& scale = *settings_.logit_scale.mutable_data<float>();
  scale = std::min(scale, float(std::log(kLargestScale)));
}

double Criterion::temperature() const {
  return settings_.logit_scale.defined() ? std::exp(-settings_.logit_scale.item()) : settings_.temperature;
}

double Criterion::bias() const {
  return settings_.logit_bias.defined() ? settings_.logit_bias.item() : settings_.bias;
}

void Criterion::add_to(nlohmann::ordered_json& line) const {
  if (settings_.logit_scale.defined()) line["temperature"] = temperature();
  if (settings_.logit_bias.defined()) line["bias"] = bias();
}

}  // namespace nce::cli
