#include "run/model.h"

#include <algorithm>

#include "nce/core/autograd.h"
#include "nce/core/ops.h"
#include "nce/data/catalogue.h"
#include "nce/nn/eval/features.h"
#include "nce/data/views/catalogue.h"
#include "nce/data/views/colour.h"
#include "nce/data/views/crop.h"
#include "nce/data/views/flip.h"

namespace nce::cli {

nn::NamedTensors Model::parameters() {
  nn::NamedTensors all;
  for (const auto& [name, tensor] : encoder->named_parameters()) all.emplace_back("encoder." + name, tensor);
  for (const auto& [name, tensor] : head->named_parameters()) all.emplace_back("head." + name, tensor);
  for (const auto& [name, tensor] : loss->named_parameters()) all.emplace_back("loss." + name, tensor);
  return all;
}

std::vector<Setting> encoder_settings(const TrainSettings& settings) {
  if (settings.width == 0) return {};
  return {{"width", std::to_string(settings.width)}};
}

Model make_model(const TrainSettings& settings, const nn::ImageSize& image) {
  Generator generator{.seed = settings.seed};
  Model model;
  model.encoder = nn::make_encoder(settings.encoder, image, generator, encoder_settings(settings));
  const int64_t features = model.encoder->feature_dim();
  model.head = nn::make_projection_head(features, settings.head_hidden ? settings.head_hidden : features,
                                        settings.head_dim, generator);
  model.loss = std::make_unique<Criterion>(settings.loss, settings.loss_settings, settings.head_dim, generator);
  return model;
}

Tensor features_of(nn::Encoder& encoder, const data::Dataset& set, const data::Normalisation& normalisation,
                   int64_t first_images) {
  return nn::features_of(encoder, std::min(first_images, set.size()), [&](int64_t begin, int64_t end) {
    return encoder(data::to_tensor(set, begin, end, normalisation));
  });
}

data::Dataset training_set(const TrainSettings& settings) {
  data::Dataset set = data::load_dataset(settings.data, settings.root, data::Split::train);
  if (settings.limit > 0 && settings.limit < set.size()) {
    set.labels.resize(size_t(settings.limit));
    set.images.resize(size_t(settings.limit * set.image_bytes()));
  }
  return set;
}

data::Pipeline augmentation(const TrainSettings& s) {
  data::Pipeline views = data::simclr_views();
  if (s.min_scale) views.get<data::RandomResizedCrop>().min_scale = s.min_scale;
  if (s.flip) views.get<data::RandomHorizontalFlip>().p = s.flip;
  views.get<data::ColorJitter>().strength = s.color_strength.value_or(1);
  return views;
}

}  // namespace nce::cli
