#include "run/model.h"

#include <fmt/format.h>

#include "nce/nn/encoders/head.h"
#include "run/settings.h"

namespace nce::cli {

Model::Model(Task& task, Config& config) {
  auto options = options_in<HeadOptions>(config, "head");
  Generator generator{.seed = uint64_t(options_in<RunOptions>(config, "run").seed)};
  encoder_ = task.make_encoder(generator);
  const int64_t features = encoder_->feature_dim();
  if (options.hidden == 0) options.hidden = features;
  if (options.layers == 0) options.dim = features;
  config.find("head", "hidden")->value = fmt::format("{}", options.hidden);
  config.find("head", "dim")->value = fmt::format("{}", options.dim);
  head_ = nn::make_projection_head(features, options.hidden, options.dim, generator,
                                   {.batch_norm = options.batch_norm, .layers = options.layers});
  loss_ = std::make_unique<Criterion>(config, options.dim, task.local_views(), generator);
}

void Model::fields(nn::Fields& fields) {
  fields.module("encoder", *encoder_), fields.module("head", *head_), fields.module("loss", *loss_);
}

}  // namespace nce::cli
