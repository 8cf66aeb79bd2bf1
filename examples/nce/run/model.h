#pragma once
#include <memory>

#include "nce/data/dataset.h"
#include "nce/data/normalise.h"
#include "nce/data/views/pipeline.h"
#include "nce/nn/encoders/catalogue.h"
#include "nce/nn/encoders/head.h"
#include "run/criterion.h"
#include "run/settings.h"

namespace nce::cli {

/// An encoder, the projection head that it is trained through, and the loss.
struct Model {
  std::unique_ptr<nn::Encoder> encoder;
  std::unique_ptr<nn::Layer> head;
  std::unique_ptr<Criterion> loss;

  /// (N, H, W, C) -> embeddings (N, head_dim).
  Tensor operator()(const Tensor& images) { return (*head)((*encoder)(images)); }
  /// "encoder.conv1.weight", ..., "head.2.bias", and what the loss learns: "loss.logit_scale".
  nn::NamedTensors parameters();
};

/// The options of the encoder. Width 0: its own.
std::vector<Setting> encoder_settings(const TrainSettings& settings);

/// As it is before its first step: weights drawn from the settings' seed.
Model make_model(const TrainSettings& settings, const nn::ImageSize& image);

inline nn::ImageSize image_size(const data::Dataset& set) {
  return {.height = set.height, .width = set.width, .channels = set.channels};
}

/// Features (N, feature_dim) of all images of a set, in evaluation mode, unrecorded.
Tensor features_of(nn::Encoder& encoder, const data::Dataset& set, const data::Normalisation& normalisation,
                   int64_t first_images);

/// The training images that the settings name, the first `limit` of them where that is set.
data::Dataset training_set(const TrainSettings& settings);

/// How its views are made.
data::Pipeline augmentation(const TrainSettings& settings);

}  // namespace nce::cli
